import Dispatch
import HandlerKit
import NIOCore
import RouterCore
public import RouterServer
import NIOConcurrencyHelpers

/// A server that listens on a port of this machine, and clients with sockets of their own.
///
/// Blocks the thread that it is used from, which must not be one of the cooperative pool.
public final class SocketServer: ConversationServer {
    private let clock: ManualClock
    private let server: RouterServer
    private var links: [SocketLink] = []
    private var stopping: Blocking<Void>?
    private let hasSeveralLoops: Bool
    private var isAtOnce = false

    /// - Parameter options: the clock is replaced by one that the script moves, the address by a free port of 127.0.0.1.
    ///   With several I/O threads what a script does at once may come in several turns.
    public init(_ options: ServerOptions) throws {
        let clock = ManualClock.ofConversation()
        var options = options
        options.clock = clock
        options.listen = ListenAddress(host: "127.0.0.1", port: 0)
        // Clients ask by pings whether all has arrived, more often than others should; a script that wants the limit sets it.
        let pings = options.limits.$maxControlFrames
        if pings.text == Limits().$maxControlFrames.text { _ = pings.assign(.scalar("1000000", quoted: false)) }
        self.clock = clock
        hasSeveralLoops = options.ioThreads > 1
        server = try Blocking { [options] in try await RouterServer.start(options) }.result()
    }

    public var time: ConversationTime { clock.time }
    public var isDelayed: Bool { true }

    public func connect() throws -> any ConversationLink {
        let link = SocketLink(try ClientSocket(port: server.address.port)) { [unowned self] in try awaitRest() }
        links.append(link)
        try awaitRest()
        return link
    }

    public func advance(by duration: Duration) throws {
        clock.advance(by: duration)
        if stopping?.isFinished == true { return }
        let hasPassed = Blocking { [server, isStopping = stopping != nil] in
            try await server.timePassed()
            // The turn in which that was done has ended when another one has come.
            if !isStopping { _ = try await server.usersOnline() }
        }
        // A server that has stopped meanwhile has no loop left to answer.
        try hasPassed.result(unless: { stopping?.isFinished == true })
        try awaitRest()
    }

    /// Two who send one after the other may be on different loops, which know nothing of each other: what the first has
    /// sent is to be handled before the second sends.
    private func awaitRest() throws {
        guard hasSeveralLoops, !isAtOnce, stopping?.isFinished != true else { return }
        let rests = Blocking { [server] in try await server.comesToRest() }
        do {
            try rests.result(unless: { stopping?.isFinished == true })
        } catch {
            if stopping == nil { throw error }
        }
    }

    public func stop() { stopping = Blocking { [server] in try await server.stop() } }

    /// The server's loop waits while the bytes go into the sockets' buffers, and then finds them all.
    public func atOnce(_ body: () throws -> Void) throws {
        isAtOnce = true
        defer { isAtOnce = false }
        let (begun, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        server.eventLoop.execute {
            begun.signal()
            done.wait()
        }
        begun.wait()
        defer { done.signal() }
        try body()
    }

    public func shutDown() throws {
        for link in links { link.close() }
        if stopping == nil { stop() }
        try stopping?.result()
    }
}

/// A client's socket as a script sees it.
private final class SocketLink: ConversationLink {
    private var socket: ClientSocket?
    private let wait: () throws -> Void

    /// - Parameter wait: until the server has handled what was sent, where that is needed.
    init(_ socket: ClientSocket, waiting wait: @escaping () throws -> Void) {
        self.socket = socket
        self.wait = wait
    }

    func send(_ bytes: [UInt8]) throws {
        socket?.send(bytes)
        try wait()
    }

    func receive(waiting: Bool) -> ConversationArrival {
        guard let socket else { return .end }
        let arrival = socket.receive(waiting: waiting)
        if case .end = arrival { close() }
        return arrival
    }

    func close() {
        socket?.close()
        socket = nil
    }

    func finish() throws {
        close()
        try wait()
    }

    func reset() throws {
        socket?.resetOnClose()
        try finish()
    }
}

/// Waits for asynchronous work on a thread that may wait.
private final class Blocking<Value: Sendable>: Sendable {
    private let value = NIOLockedValueBox<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () async throws -> Value) {
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            value.withLockedValue { $0 = result }
            isDone.signal()
        }
    }

    var isFinished: Bool { value.withLockedValue { $0 != nil } }

    /// - Throws: what the work threw, or that it takes more than 20 s of real time.
    @discardableResult
    func result() throws -> Value {
        guard isDone.wait(timeout: .now() + 20) == .success, let result = value.withLockedValue({ $0 }) else {
            throw ScriptFault("the server did not finish")
        }
        return try result.get()
    }

    /// Waits until the work is done, or need not be any more.
    func result(unless isPointless: () -> Bool) throws where Value == Void {
        for _ in 1...400 where !isPointless() {
            if isDone.wait(timeout: .now() + 0.05) == .success { return try value.withLockedValue { $0 }?.get() ?? () }
        }
        guard isPointless() else { throw ScriptFault("the server did not finish") }
    }
}
