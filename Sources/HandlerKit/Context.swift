import NIOCore
public struct Message {}
public struct Frame {}
public struct Context: ~Copyable {}
public struct JSONMembers: ExpressibleByDictionaryLiteral { public init(dictionaryLiteral: (String, Int)...) {} }
