import HandlerKit
import Handlers
import RouterCore
import Testing

@Suite("The handler that README shows")
struct ShoutTests {
    @Test("Everyone else is told in capitals, the sender how many there were")
    func shouts() {
        var router = MemoryRouter([.init(Shout.self)])
        router.connect(0)
        router.connect(1)
        router.send(#"{"type":"shout","content":"hello"}"#, from: 0)
        #expect(
            router.frames(to: 1) == [
                #"{"type":"shout","from_id":1,"from_name":"User1","content":{"text":"HELLO"},"timestamp":1767323045}"#
            ])
        #expect(router.frames(to: 0) == [#"{"type":"shouted","content":{"listeners":1},"timestamp":1767323045}"#])
    }

    @Test("Its setting max_length is the longest shout; a longer one is refused and nobody hears it")
    func refuses() {
        var router = MemoryRouter([
            .init(Shout.self, settings: [.init(key: "max_length", value: .scalar("3", quoted: false))])
        ])
        router.connect(0)
        router.connect(1)
        router.send(#"{"type":"shout","content":"hey"}"#, from: 0)
        #expect(router.frames(to: 1).count == 1)
        router.send(#"{"type":"shout","content":"heya"}"#, from: 0)
        #expect(router.frames(to: 1).isEmpty)
        #expect(
            router.frames(to: 0).last
                == #"{"type":"error","content":{"message":"A shout has 1 to 3 characters","code":"invalid_message"},"timestamp":1767323045}"#
        )
    }
}
