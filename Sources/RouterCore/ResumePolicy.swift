/// How long a session outlives its connection, and what of it (P46).
public struct ResumePolicy: Sendable {
    /// Without a connection; zero when none is resumed.
    public var lifetime: Duration
    /// How long of that the others see no leave.
    public var grace: Duration
    /// How long a connection that wants to resume has to say what.
    public var patience: Duration

    public init(lifetime: Duration = .seconds(600), grace: Duration = .zero, patience: Duration = .seconds(10)) {
        (self.lifetime, self.grace, self.patience) = (lifetime, grace, patience)
    }
}
