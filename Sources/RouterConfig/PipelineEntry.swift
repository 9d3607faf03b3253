import HandlerKit
import RouterCore

/// An entry of the pipeline with the places that diagnostics about it point at.
struct PipelineEntry {
    let handler: any Handler.Type
    let nameSpan: Span
    /// What `types:` narrows it to, each with its place; nil leaves it all.
    let narrowed: [(type: String, span: Span)]?
    let settings: [SettingInput.Pair]

    var name: String { handler.name }

    /// The message types it takes part in; nil when it takes any.
    var types: [String]? { narrowed?.map(\.type) ?? handler.types.names }

    var finishes: Bool { handler.types.finishes }
    var takesFrames: Bool { handler.types.takesFrames }

    var planned: PipelinePlan.Entry { PipelinePlan.Entry(handler, settings: settings, types: narrowed?.map(\.type)) }
}
