import HandlerKit
import RouterConfig

/// The tables of docs/limits.md as the code has them.
enum LimitsPage {
    /// Name, default, range and what it limits.
    static var rows: [[String]] { rows(of: "limits") + rows(of: "timeouts") }

    /// The settings of a section of the configuration.
    static func rows(of section: String) -> [[String]] {
        sections(of: Configuration()).first { $0.name == section }.map { rows(of: $0.section) } ?? []
    }

    /// The settings of a handler.
    static func rows(of owner: Any) -> [[String]] {
        settings(of: owner).map { ["`\($0.name)`", $0.setting.text, $0.setting.range ?? "", $0.setting.help] }
    }
}
