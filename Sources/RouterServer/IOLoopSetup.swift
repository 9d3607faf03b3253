import JSONWire
import NIOCore
import RouterCore
import WebSocketWire

/// What an I/O loop is made of, on its own thread.
package struct IOLoopSetup: Sendable {
    let options: ServerOptions
    let index: Int
    let loops: Int
    let handshakeRules: Handshake.Rules
    let gate: AcceptGate
    let router: NIOLoopBound<RouterLoop>
    /// How texts are read; nil where handlers take frames as they come.
    let limitsOfJSON: JSONLimits?
    /// Of what is kept for those who are behind.
    var logSizes = SharedLog.Sizes()

    package func make(on eventLoop: any EventLoop) -> IOLoop {
        let local = router.eventLoop === eventLoop ? router.value : nil
        let loop = IOLoop(self, on: eventLoop, local: local)
        local?.setLocal(loop, index: index)
        return loop
    }
}
