/// Every kind of fault that a configuration can have: one table, so that a code means the same for ever.
public enum DiagnosticCode: String, CaseIterable, Sendable {
    // Reading a file.
    /// A file is missing, is a directory, or may not be read.
    case unreadable = "R001"
    /// A file is longer than a configuration can sensibly be.
    case tooLarge = "R002"
    /// A file is not UTF-8 text.
    case notUTF8 = "R003"
    /// A file is not YAML.
    case syntax = "R004"
    /// A file says nothing.
    case empty = "R005"
    /// A file holds a second document after `---`.
    case severalDocuments = "R006"
    /// Values are nested deeper than any setting is.
    case tooDeep = "R007"
    /// An anchor or alias: every value is written where it belongs.
    case alias = "R008"
    /// A tag: the type of a value follows from its setting.
    case tag = "R009"
    /// A key is given twice in the same place.
    case duplicateKey = "R010"
    /// A key is a list or a mapping.
    case keyNotText = "R011"

    // Giving settings their values.
    /// No setting, section or handler's setting has this name here.
    case unknownSetting = "R012"
    /// A value is not of its setting's type.
    case wrongType = "R013"
    /// A value is outside its setting's range.
    case outOfRange = "R014"
    /// A key without a value.
    case missingValue = "R015"
    /// A single value where a group of settings is due, or the reverse.
    case wrongShape = "R016"
    /// Two limits of which one makes the other pointless.
    case contradictingLimits = "R017"
    /// Pages opened from files are let in by a server that others can reach (P51).
    case nullOriginBeyondLoopback = "R018"
    /// An allowed origin that no browser sends, so that it would let nobody in.
    case notAnOrigin = "R019"

    // Making the pipeline.
    /// No handlers are listed.
    case noPipeline = "R020"
    /// An entry is neither a name nor a name with its settings.
    case malformedEntry = "R021"
    /// No handler has this name.
    case unknownHandler = "R022"
    /// A handler is listed twice.
    case handlerTwice = "R023"
    /// `types:` names a message type that the handler does not take, or takes twice.
    case typeNotTaken = "R024"
    /// Two handlers would both be the end of a message type.
    case finishedTwice = "R025"
    /// No message ever gets to a handler.
    case unreachable = "R026"
    /// A handler of whole frames is listed with others.
    case framesNotAlone = "R027"
    /// Some of a handler's message types never get to it. A warning.
    case partlyUnreachable = "R028"
    /// `types:` names, for a handler that looks at all there are, one that looks like a slip of the pen. A warning.
    case unknownType = "R029"
    /// A handler that another one needs above it is not there.
    case missingPartner = "R030"
}
