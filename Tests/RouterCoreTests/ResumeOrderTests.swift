import HandlerTesting
import RouterCore
import TestSupport
import Testing

@Suite("P46: of two connections that resume the same session the later one has it")
struct ResumeOrderTests {
    @Test("what a client sent before it went over to another connection replaces that one no more when it comes late")
    func overtaken() async throws {
        let run = try await ResumeRun()
        let ada = try run.join()
        run.lose(ada.connection)
        let (left, taken) = (run.router.open(isReturning: true), run.router.open(isReturning: true))
        run.router.post(ResumeRun.request(ada.token, after: 0), from: taken)
        run.router.endTurn()
        let next = try run.token(in: run.router.said(to: taken))
        run.router.post(ResumeRun.request(ada.token, after: 0), from: left)
        run.router.endTurn()
        #expect(run.router.closeCode(of: left) == 4_005 && run.router.closeCode(of: taken) == nil)
        let back = try run.resume(next, after: 0)
        #expect(back.said.first?.type == "resumed")
        // The client has that token of the later one: whichever shows it is where the client is.
        let again = run.router.open(isReturning: true)
        run.router.post(ResumeRun.request(run.token(in: back.said), after: 0), from: again)
        run.router.endTurn()
        #expect(try run.router.said(to: again).first?.type == "resumed")
    }
}
