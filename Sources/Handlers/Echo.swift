import HandlerKit

/// Sends every frame back to its sender, raw (P28).
public struct Echo: Handler {
    public static let name = "echo"
    public static let summary = "Sends every frame back to its sender; for trying out clients."
    public static let types = MessageTypes.frames

    @Setting("What is put before a text; with \"\" frames come back byte for byte.")
    var prefix = "Echo: "

    public init() {}

    public func handle(_ frame: Frame, _ context: inout Context) throws {
        if frame.isText {
            context.send(frame.prefixed(by: prefix))
        } else if prefix.isEmpty {
            context.send(frame)
        }
    }
}
