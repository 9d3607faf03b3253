import Handlers
import Testing

@Suite("P39: emoji in the place of their codes")
struct EmojiTextTests {
    @Test(
        "codes are replaced, wherever a person would mean them",
        arguments: [
            (":smile:", "😄"), ("hi :smile:", "hi 😄"), (":smile: hi", "😄 hi"), ("thanks:heart:", "thanks❤️"),
            (":tada:Congratulations", "🎉Congratulations"), (":smile::smile:", "😄😄"), (":smile::heart::+1:", "😄❤️👍"),
            ("(:smile:)", "(😄)"), ("great!:fire:", "great!🔥"), (":smile:.", "😄."), ("谢谢:heart:你", "谢谢❤️你"),
            (":unknown::smile:", ":unknown:😄"), (":unknown:smile:", ":unknown😄"),
            (":smile::unknown::b:", "😄:unknown:🅱️"),
            (":smile: :nosuchcode:", "😄 :nosuchcode:"), (":smile:: text", "😄: text"), (":100:", "💯"),
            ("is :100: %", "is 💯 %"),
            (":SMILE: :smile:", ":SMILE: 😄"), ("at 10:30 :smile:", "at 10:30 😄"), (": :smile: :", ": 😄 :"),
            ("a: b:smile:", "a: b😄"), ("😀:smile:😀", "😀😄😀"), ("::: :smile:", "::: 😄"), ("1:smile: 2", "1😄 2"),
            ("x :smile:", "x 😄"), (":-1: :_: :-:", "👎 :_: :-:"), ("http: :smile:", "http: 😄"),
            ("awww...:heart:", "awww...❤️"), ("www.:heart:", "www.❤️"), ("swww.x:heart:", "swww.x❤️"),
            ("//:heart:", "//❤️"),
        ])
    func isReplaced(text: String, expected: String) { #expect(replaced(text) == expected) }

    @Test(
        "everything else stays as it is",
        arguments: [
            "", ":", "::", ":::", "::::", "smile", ":smile", "smile:", ": smile:", ":smile :", ":smi le:", ":Smile:",
            ":SMILE:", ":nosuchcode:", "::smile::", "foo::smile::bar", "std::on::off", "std::vector<int>", "a::b::c",
            "Foo::on: undefined", "::on", "10:30:45", "10:100:45", "1:100:", ":100:1", "1:1234:5", "12:1234:",
            "fe80::1:a:b:c",
            "fe80::a:b", "::a:b:c", "2001:db8::cd:de", "[2001:db8:a:b:cd:de:100:1]:80", "00:ab:cd:de:b:a", "user:id:5",
            "docker:on:off", "a:smile:b", "key:heart:value", ":sm\u{456}le:", ":smi\u{301}le:", ":émoji:",
            ":/ :) :D :P",
            "https://x.org", "see: this", "{a: b, c: d}", ":face_with_open_eyes_and_hand_over_mouthx:",
            ":" + String(repeating: "a", count: 41) + ":", ":" + String(repeating: "heart", count: 500) + ":",
        ])
    func stays(text: String) { #expect(replaced(text) == nil) }

    @Test(
        "code is left alone",
        arguments: [
            ("`:smile:`", nil), ("``:smile:``", nil), ("```:smile:```", nil), ("``a ` :smile: ``", nil),
            ("```swift\\nlet x = `:smile:`\\n```", nil), ("`a` :smile: `b`", "`a` 😄 `b`"), ("`:smile:", "`😄"),
            ("``:smile:`", "``😄`"), ("`:smile:``", "`😄``"), ("` `` :smile: ```", "` `` 😄 ```"),
            (":smile:`:smile:`", "😄`:smile:`"),
            ("`:smile:`:smile:", "`:smile:`😄"), ("`:smile:` `:smile:", "`:smile:` `😄"), ("``:smile:", "``😄"),
            ("```\\n:smile:\\n```\\n:smile:", "```\\n:smile:\\n```\\n😄"),
            ("`a``b` :smile: `:smile:`", "`a``b` 😄 `:smile:`"),
            ("````````:smile:````````", nil), ("`````````:smile:`````````", "`````````😄`````````"),
            ("` https://x.org/` :smile:", "` https://x.org/` 😄"), ("`\\`:smile:", "`\\`😄"), ("``:smile:", "``😄"),
        ] as [(String, String?)])
    func code(text: String, expected: String?) { #expect(replaced(text) == expected) }

    @Test(
        "links are left alone, up to white space",
        arguments: [
            ("https://x.org/:smile:", nil), ("http://x.org/:smile:/y", nil), ("HTTPS://X.ORG/:smile:", nil),
            ("www.x.org/:smile:", nil), ("WWW.x.org/:smile:", nil), ("ws://x/:smile:", nil), ("wss://x/:smile:", nil),
            ("mailto:a@b?s=:smile:", nil), ("MailTo:a@b:smile:", nil), ("ftp://x:smile:@y", nil),
            ("(https://x.org/:smile:)", nil),
            ("https://x.org/ :smile:", "https://x.org/ 😄"),
            ("https://x.org/:smile:\\n:smile:", "https://x.org/:smile:\\n😄"),
            ("https://x.org/:smile:\\t:smile:", "https://x.org/:smile:\\t😄"), ("https:\\/\\/x.org\\/:smile:", nil),
            ("https://x.org/`:smile:`", nil), ("https://x.org/`a :smile: `b`", "https://x.org/`a 😄 `b`"),
            (":smile:https://x.org/:smile:", "😄https://x.org/:smile:"),
            (":smile:www.x.org/:smile:", "😄www.x.org/:smile:"),
            ("http://[::1]:100:/ :100:", "http://[::1]:100:/ 💯"), ("http :smile:", "http 😄"),
            ("http:/:smile:", "http:/😄"),
            ("www.ü.org/:smile:", nil), ("www :smile:", "www 😄"), ("mail to:smile:", "mail to😄"),
            ("https://:smile:", nil),
            ("\\u0068ttps:\\u002f\\u002Fx.org/:smile:", nil), ("https://x\\u0020:smile:", "https://x\\u0020😄"),
        ] as [(String, String?)])
    func links(text: String, expected: String?) { #expect(replaced(text) == expected) }

    @Test(
        "escapes count as what they say, and are passed on as they are",
        arguments: [
            (#"\u003asmile\u003A"#, "😄"), (#":\u0073mile:"#, "😄"), (#"\":smile:\""#, #"\"😄\""#),
            (#"\\:smile:\\"#, #"\\😄\\"#),
            (#":\u002B1:"#, "👍"), (#"\n:smile:\r\n"#, #"\n😄\r\n"#),
            (#"\ud83d\ude00:smile:\u00e9"#, #"\ud83d\ude00😄\u00e9"#),
            (#"\u0060:smile:\u0060"#, nil), (#"\u0060:smile:`"#, nil), (#"\/:smile:\/"#, #"\/😄\/"#),
            (#":smile\n:"#, nil),
            (#":smile\\:"#, nil), (#":sm\u0130le:"#, nil), (#"\u0000:smile:"#, #"\u0000😄"#), (#":\"smile:"#, nil),
            (#":smile:\u0061"#, #"😄\u0061"#), (#"\u0061:smile:\u0062"#, nil), (#":\u0053mile:"#, nil),
            (#":smile:\b\f"#, #"😄\b\f"#),
            (#":smil\u0165:"#, nil), (#"\u013a:smile:"#, #"\u013a😄"#), (#":\u0131\u0030\u0030:"#, nil),
        ] as [(String, String?)])
    func escapes(text: String, expected: String?) { #expect(replaced(text) == expected) }

    @Test("what is no JSON string harms nothing")
    func broken() {
        for text in [
            "", "\"", "x", ":", "::", ":smile:", "\":smile:", "\"\\", "\"\\u", "\"\\u00", "\"\\u003", "\"\\u003a\"",
        ] {
            for count in 0...text.utf8.count {
                _ = Array(text.utf8.prefix(count)).withUnsafeBytes { EmojiText.replacingCodes(in: $0) }
            }
        }
    }

    @Test("a long text of whatever is hardest takes no longer than its length says", .timeLimit(.minutes(1)))
    func hostile() {
        let runs = (1...1_400).map { String(repeating: "`", count: $0) }.joined(separator: "x")
        let hard = [
            ":a", ":", ":a:", "` `` ", "`x``x", "www.x:", ":smile::", "`:", "://",
            ":" + String(repeating: "a", count: 40),
        ]
        for text in [runs] + hard.map({ String(repeating: $0, count: 500_000 / $0.utf8.count) }) {
            #expect(replaced(text + " :smile:")?.hasSuffix("😄") == true, "\(text.prefix(20))")
        }
    }
}
