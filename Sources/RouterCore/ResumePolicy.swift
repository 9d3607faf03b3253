/// How long a session outlives its connection, and what of it (P46).
public struct ResumePolicy: Sendable {
    /// Without a connection; zero when none is resumed.
    public var lifetime: Duration
    /// How long of that the others see no leave.
    public var grace: Duration
    /// How long a connection that wants to resume has to say what.
    public var patience: Duration
    /// Sessions without a connection.
    public var mostSessions: Int
    /// Messages that one who comes back may have missed.
    public var mostMissed: Int

    public init(
        lifetime: Duration = .seconds(600), grace: Duration = .zero, patience: Duration = .seconds(10),
        mostSessions: Int = 10_000, mostMissed: Int = 10_000
    ) {
        (self.lifetime, self.grace, self.patience) = (lifetime, grace, patience)
        (self.mostSessions, self.mostMissed) = (mostSessions, mostMissed)
    }
}
