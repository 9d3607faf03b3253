/// A handler that has to wait: for a database, a password hash, an answer from the web.
///
///     struct Weather: AsyncHandler {
///         func work(for message: Message, _ context: borrowing Context) throws -> Work<String> {
///             guard let place = try message.string("place") else { throw Rejection.invalidMessage }
///             return .waiting { [service] in try await service.forecast(for: place) }   // beside the router
///         }
///         func handle(_ message: inout Message, _ forecast: String, _ context: inout Context) -> Flow {
///             context.reply("weather", ["text": forecast])
///             return .handled
///         }
///     }
///
/// While it waits, the next messages of the same session wait behind it, `max_waiting_messages` (16) of them, and then
/// its socket is not read; everyone else goes on. `handle` sees the router as it is by then, and is not called when the
/// session has gone. What takes longer than `max_handler_wait` is cancelled and answered `unavailable`.
public protocol AsyncHandler: Handler {
    associatedtype Answer: Sendable

    /// Says what has to be waited for. Only the closure runs beside the router: it gets what it needs by value.
    mutating func work(for message: Message, _ context: borrowing Context) throws -> Work<Answer>
    /// The answer is there. When the closure threw in its place, that counts as thrown by the handler.
    mutating func handle(_ message: inout Message, _ answer: Answer, _ context: inout Context) throws -> Flow
}

/// An answer that may have to be waited for.
public enum Work<Answer: Sendable>: Sendable {
    case ready(Answer)
    case waiting(@Sendable () async throws -> Answer)
}

extension AsyncHandler {
    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let outcome = context.outcome.take() {
            guard let answer = try outcome.get() as? Answer else { return .waiting }
            return try handle(&message, answer, &context)
        }
        switch try work(for: message, context) {
        case .ready(let answer): return try handle(&message, answer, &context)
        case .waiting(let closure):
            context.work = closure
            return .waiting
        }
    }
}
