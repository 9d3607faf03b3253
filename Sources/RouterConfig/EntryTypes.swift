import HandlerKit

/// `types:`, which may stand in every entry of the pipeline whatever its handler.
enum EntryTypes {
    static let key = "types"

    static var reserved: (name: String, setting: any AnySetting) {
        (
            key,
            Setting(
                wrappedValue: [String](),
                "The message types that the handler takes part in; all of its own unless given")
        )
    }
}
