import HandlerKit
import RouterConfig
import Testing

@Suite("What a check tells a program")
struct CheckReportTests {
    @Test(
        "The report of a case is the expected one, with all there is to say and the code that the exit has",
        arguments: ["good", "more-than-twenty", "files-missing-plugins", "plugins-partly-unreachable"])
    func report(_ name: String) throws {
        let report =
            switch ConfigCase.load(name) {
            case .success(let loaded): CheckReport(loaded)
            case .failure(let failure): CheckReport(failure)
            }
        try ConfigCase.expect(ConfigCase.fromRoot(report.indentedJSON), in: "\(name).json")
    }
}
