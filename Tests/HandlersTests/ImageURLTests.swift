import Handlers
import Testing

@Suite("P38: the address of a picture")
struct ImageURLTests {
    static let allowed = [
        "http://a", "https://a", "https://example.com", "https://example.com/", "https://example.com/cat.png",
        "HTTP://example.com/x", "HtTpS://EXAMPLE.com/X.PNG", "http://localhost/x", "http://127.0.0.1/x.png",
        "http://host:80/x", "http://host:0/", "http://host:65535/", "http://host:00080/", "http://host:/x",
        "http://host?x", "http://host#x", "http://host/?a=b&c=d/e?f#g/h?i", "https://medium.com/@user/x.png",
        "https://a/b:c@d", "https://a/-._~!$&'()*+,;=:@", "https://a/%20%C3%a9", "https://%65xample.com/",
        "https://a/?", "https://a/#", "https://a/%00", "https://a//b//", "https://a/../..", "https://a/;x=1,2",
        "http://[::1]/x", "http://[::]", "http://[::1]:8080/x", "http://[2001:db8::7]/", "http://[1:2:3:4:5:6:7:8]/",
        "http://[1:2:3:4:5:6:7::]/", "http://[::2:3:4:5:6:7:8]/", "http://[::ffff:192.0.2.1]/",
        "http://[1:2:3:4:5:6:192.0.2.1]/", "http://[FE80::AbCd]/", "http://xn--bcher-kva.example/", "http://a_b.c~d/",
        "http://1/", "http://a.b./",
    ]

    static let refused = [
        "", " ", "x", "/x.png", "//host/x.png", "cat.png", "http:", "http:/", "http://", "http:/x", "http:///x",
        "http://?x", "http://#x", "http:host/x", "https:\\\\host\\x", "http:/\\host", "htp://host", "xhttp://host",
        " http://host", "http ://host", "ftp://host/x.png", "ws://host", "file:///etc/hosts", "blob:https://host/x",
        "javascript:alert(1)", "JavaScript://host/%0Aalert(1)", "data:image/png;base64,AAAA", "vbscript:x",
        "about:blank", "https", "https//host", "https://a@b/", "https://a:b@c", "https://@host/", "https://:@host/",
        "https://a%40b@host/", "http://[::1]@host/", "https://exa mple", "https://host/a b", "https://host/a\tb",
        "https://host/a\nb", "https://host/\r\nx", "https://host/\u{0}", "\u{0}https://host/", "https://host/\u{7F}",
        "https://host/\u{1B}", "https://bücher.example/", "https://host/é", "https://host/\u{202E}gnp.x",
        "https://host/\u{FF0F}", "https://host/😀", "https://host\\@evil/", "https://host/a\\b", "https://host/\"x",
        "https://host/<script>", "https://host/a>b", "https://host/a|b", "https://host/a^b", "https://host/`x`",
        "https://host/{x}", "https://host/x}", "https://host/[x]", "https://host/?a[]=1", "https://host/#a#b",
        "https://host/%", "https://host/%2", "https://host/%zz", "https://host/%2g", "https://host/%%20",
        "https://%zz/", "http://host:99999/", "http://host:65536/", "http://host:18446744073709551617/",
        "http://host:-1/", "http://host:+1/", "http://host:8o/", "http://host:80:80/", "http://:80/",
        "http://host: 80/",
        "http://[::1", "http://::1/", "http://[]/", "http://[:]/", "http://[:::]/", "http://[1]/", "http://[1:2]/",
        "http://[1:2:3:4:5:6:7:8:9]/", "http://[1:2:3:4:5:6:7:8::]/", "http://[1::2::3]/", "http://[12345::]/",
        "http://[g::]/", "http://[::1]x/", "http://[::1]:x/", "http://[::1]80/", "http://x[::1]/", "http://[[::1]]/",
        "http://[::1%25en0]/", "http://[fe80::1%en0]/", "http://[v1.x]/", "http://[127.0.0.1]/",
        "http://[::256.0.0.1]/", "http://[::01.0.0.1]/", "http://[::1.2.3]/", "http://[1.2.3.4::]/",
        "http://[::1:]/", "http://[:1::]/", "http://]/", "http://host]/", "http://ho[st/", "http://a,b@c/",
    ]

    @Test("allowed", arguments: allowed)
    func isAllowed(url: String) { #expect(ImageURL.isAllowed(url)) }

    @Test("refused", arguments: refused)
    func isRefused(url: String) { #expect(!ImageURL.isAllowed(url)) }

    @Test("2,048 bytes are allowed, and not one more")
    func length() {
        let url = "https://example.com/"
        let most = url + String(repeating: "x", count: 2_048 - url.utf8.count)
        #expect(ImageURL.isAllowed(most))
        #expect(!ImageURL.isAllowed(most + "x"))
    }

    @Test("in a path stand the characters of RFC 3986, and no others")
    func everyByte() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let legal = Set((letters + "-._~!$&'()*+,;=:@/?").unicodeScalars)
        for code in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(code)
            // The first of two number signs begins the fragment.
            let isLegal = legal.contains(scalar) || scalar == "#"
            #expect(ImageURL.isAllowed("https://host/a\(scalar)b") == isLegal, "\(code)")
            #expect(ImageURL.isAllowed("https://host/#a\(scalar)b") == legal.contains(scalar), "\(code)")
        }
    }

    @Test("in a host stand those that may stand in a registered name, and no others")
    func everyByteOfHosts() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let legal = Set((letters + "-._~!$&'()*+,;=" + "/?#").unicodeScalars)
        for code in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(code)
            #expect(ImageURL.isAllowed("https://a\(scalar)b") == legal.contains(scalar), "\(code)")
        }
    }
}
