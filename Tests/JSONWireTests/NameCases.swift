import JSONWire

/// Names: what they say counts, not how they are written; of duplicates the last.
let nameCases: [TrickyCase] = [
    .yes(#"{"type":"a"}"#, "type", .string("a")),
    .yes(#"{"\u0074ype":"a"}"#, "type", .string("a")),
    .yes(#"{"t\u0079pe":"a"}"#, "type", .string("a")),
    .yes(#"{"\u0074\u0079\u0070\u0065":"a"}"#, "type", .string("a")),
    .yes(#"{"\u0054ype":"a"}"#, "Type", .string("a")),
    .yes(#"{"\/":1}"#, "/", .integer(1)),
    .yes(#"{"\n":1}"#, "\n", .integer(1)),
    .yes(#"{"a\\b":1}"#, #"a\b"#, .integer(1)),
    .yes(#"{"a\"b":1}"#, #"a"b"#, .integer(1)),
    .yes(#"{"\u0000":1}"#, "\0", .integer(1)),
    .yes(#"{"\ud83d\ude00":1}"#, "😀", .integer(1)),
    .yes(#"{"😀":1}"#, "😀", .integer(1)),
    .yes(#"{"a":1,"a":2}"#, .integer(2)),
    .yes(#"{"a":1,"a":"x"}"#, .string("x")),
    .yes(#"{"a":1,"b":5,"a":2,"b":6}"#, "b", .integer(6)),
    .yes(#"{"a":"x","a":null}"#, .null),
    .yes(#"{"a":1,"a":{"a":2}}"#, .object(["a"])),
    .yes(#"{"type":"kick","\u0074ype":"message"}"#, "type", .string("message")),
    .yes(#"{"\u0074ype":"kick","type":"message"}"#, "type", .string("message")),
    .yes(#"{"\u0061":1,"\u0061":2}"#, .integer(2)),
    .yes(#"{"a":1,"\u0061":2,"a":3}"#, ["a", "a", "a"]),
    .yes(#"{"type ":1,"type":2," type":3}"#, "type", .integer(2)),
    .yes(#"{"Type":1,"type":2,"TYPE":3}"#, "type", .integer(2)),
    .yes(#"{"typ":1,"type":2,"types":3}"#, "type", .integer(2)),
    .yes(#"{"é":1,"e":2}"#, "é", .integer(1)),
    .yes("{\"\u{E9}\":1,\"e\u{301}\":2}", "\u{E9}", .integer(1)),
    .yes("{\"\u{E9}\":1,\"e\u{301}\":2}", "e\u{301}", .integer(2)),

    // Names that agree in length and edges differ in the middle only.
    .yes(#"{"12345678":1,"12345679":2}"#, "12345678", .integer(1)),
    .yes(#"{"aba":1,"aca":2}"#, "aba", .integer(1)),
    .yes(#"{"abcd":1,"abbd":2}"#, "abcd", .integer(1)),
    .yes(#"{"abcdefg":1,"abcxefg":2}"#, "abcdefg", .integer(1)),
    .yes(#"{"0123456789abcdef":1,"0123456_89abcdef":2}"#, "0123456789abcdef", .integer(1)),
    .yes(#"{"0123456789abcdef0":1,"01234567_9abcdef0":2}"#, "0123456789abcdef0", .integer(1)),
    .yes(
        #"{"0123456789abcdef0123456789":1,"0123456789abc_ef0123456789":2}"#, "0123456789abcdef0123456789", .integer(1)),
    .yes(#"{"":1," ":2,"  ":3,"   ":4}"#, "", .integer(1)),
    .yes(#"{"":1," ":2,"  ":3,"   ":4}"#, " ", .integer(2)),
    .yes(#"{"a":1," a":2,"  a":3}"#, .integer(1)),

    // A name that is not the root's own is not found there.
    .yes(#"{"b":{"a":1},"a":2}"#, .integer(2)),
    .yes(#"{"a":2,"b":{"a":1}}"#, .integer(2)),
    .yes(#"{"a":"\"b\":1","b":2}"#, "b", .integer(2)),
    .yes(#"{"a":[{"b":1}],"b":2}"#, "b", .integer(2)),
]
