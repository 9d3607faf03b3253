public import HandlerKit

/// JSON Schema (draft 2020-12) for the configuration files, made of the declarations of their settings alone.
public enum FileSchema {
    /// For a configuration file such as config/chat.yaml.
    public static var configuration: JSONMembers {
        var schema = head("Configuration of a router", "Where it listens, what it logs, and its limits.")
        schema.append(["type": "object"])
        schema.append(members(of: Configuration()))
        return schema
    }

    /// For a file that lists handlers, such as plugins.yaml.
    ///
    /// - Parameter handlers: those that may be listed.
    public static func plugins(handlers: [any Handler.Type]) -> JSONMembers {
        var schema = head("Pipeline of a router", "The handlers that a message passes through, from top to bottom.")
        let names: [JSONMembers] = handlers.map { ["const": $0.name, "description": $0.summary] }
        let pipeline: JSONMembers = [
            "description": "Handlers by name, each alone or with its settings.",
            "type": "array", "minItems": 1, "items": ["anyOf": names + [entry(of: handlers)]] as JSONMembers,
        ]
        schema.append([
            "type": "object", "properties": [PipelineReader.rootKey: pipeline] as JSONMembers,
            "required": [PipelineReader.rootKey], "additionalProperties": false,
        ])
        return schema
    }

    private static func head(_ title: String, _ description: String) -> JSONMembers {
        ["$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "description": description]
    }

    /// The settings and sections of an owner, and nothing else.
    private static func members(of owner: any SettingsSection) -> JSONMembers {
        var properties: JSONMembers = [:]
        for (name, setting) in settings(of: owner) { properties.append([name: setting.schema]) }
        for (name, section) in sections(of: owner) {
            // A section without settings is nothing at all in YAML.
            var schema: JSONMembers = ["type": ["object", "null"]]
            schema.append(members(of: section))
            properties.append([name: schema])
        }
        return ["properties": properties, "additionalProperties": false]
    }

    /// One handler with its settings.
    private static func entry(of handlers: [any Handler.Type]) -> JSONMembers {
        var entries: JSONMembers = [:]
        for handler in handlers { entries.append([handler.name: schema(of: handler)]) }
        return [
            "type": "object", "minProperties": 1, "maxProperties": 1, "properties": entries,
            "additionalProperties": false,
        ]
    }

    private static func schema(of handler: any Handler.Type) -> JSONMembers {
        var properties: JSONMembers = [:]
        for (name, setting) in settings(of: handler.init()) { properties.append([name: setting.schema]) }
        if let types = types(of: handler) { properties.append([EntryTypes.key: types]) }
        return [
            "description": handler.summary, "type": ["object", "null"], "properties": properties,
            "additionalProperties": false,
        ]
    }

    /// What `types:` can narrow a handler to; nil when it has no message types to choose from.
    private static func types(of handler: any Handler.Type) -> JSONMembers? {
        guard handler.types.names?.isEmpty != true else { return nil }
        let items: JSONMembers = handler.types.names.map { ["enum": $0] } ?? SettingKind.text.schema()
        return [
            "description": EntryTypes().help, "type": "array", "minItems": 1, "uniqueItems": true, "items": items,
        ]
    }
}
