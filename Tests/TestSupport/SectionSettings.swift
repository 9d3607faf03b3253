public import HandlerKit

extension SettingsSection {
    /// The defaults, but for some settings by their YAML names: `Limits.with(["max_fragments": "2"])`.
    public static func with(_ values: [String: String]) -> Self {
        let section = Self()
        let known = Dictionary(uniqueKeysWithValues: HandlerKit.settings(of: section).map { ($0.name, $0.setting) })
        for (name, value) in values {
            guard let setting = known[name] else { preconditionFailure("there is no setting \(name)") }
            let fault = setting.assign(.scalar(value, quoted: false))
            precondition(fault == nil, "\(name): \(value) is not allowed")
        }
        return section
    }
}
