import HandlerKit

/// `types:`, a setting that every entry of the pipeline has whatever its handler.
struct EntryTypes: AnySetting {
    static let key = "types"

    private let list = Setting(wrappedValue: [String](), "")

    var help: String { "The message types that it takes part in." }
    var applies: Applies { .atOnce }
    var expected: String { "a list of message types" }
    var kind: SettingKind { .list(of: .text) }
    var unit: String? { nil }
    var whenHit: String? { nil }
    var bounds: SettingBounds? { nil }
    var text: String { "all of its own" }

    func assign(_ input: SettingInput) -> SettingFault? { list.assign(input) }
}
