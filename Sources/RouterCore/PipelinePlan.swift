import HandlerKit

/// The pipeline as plugins.yaml describes it: checked, and ready to be made where it will run.
public struct PipelinePlan: Sendable {
    public struct Entry: Sendable {
        public var handler: any Handler.Type
        /// Values for the handler's settings, by their YAML names; those not named keep their defaults.
        public var settings: [SettingInput.Pair]
        /// Narrows the handler to some of its message types; nil leaves it all of them.
        public var types: [String]?

        public init(_ handler: any Handler.Type, settings: [SettingInput.Pair] = [], types: [String]? = nil) {
            self.handler = handler
            self.settings = settings
            self.types = types
        }
    }

    /// Top to bottom is the way of every message.
    public var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// The rooms that the handlers open, by their numbers.
    public var rooms: [String] { Pipeline(self).rooms }

    /// The handler that takes whole frames, where it is one: then there are no messages, and so no posts.
    public var takerOfFrames: (any Handler.Type)? { entries.first { $0.handler.types.takesFrames }?.handler }
}
