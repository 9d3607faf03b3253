import HandlerKit
import Logging

/// Why somebody could not become a user.
enum Refusal: CaseIterable {
    case serverFull, crowdedAddress
}

/// What the log says of those who were refused: who tries again at once must not fill it.
extension Router {
    mutating func noteRefusal(_ refusal: Refusal, _ address: String) {
        var line = refusals[refusal] ?? RepeatedLine()
        let isFirstCounted = line.due == nil
        if line.isDue(at: context.time.milliseconds) {
            say("\(address) refused: \(reason(of: refusal))", refusal)
        } else {
            log.debug("\(address) refused: \(reason(of: refusal))")
            if isFirstCounted, let due = line.due { alarms.add(.refusals(refusal), at: due) }
        }
        refusals[refusal] = line
    }

    /// Tells of those that were only counted, if there are any.
    mutating func tellRefusals(_ refusal: Refusal) {
        let more = refusals[refusal]?.takeUntold(at: context.time.milliseconds) ?? 0
        if more > 0 { say("\(more) more refused since: \(reason(of: refusal))", refusal) }
    }

    private func say(_ line: String, _ refusal: Refusal) {
        switch refusal {
        case .serverFull: log.warning("\(line)")
        case .crowdedAddress: log.info("\(line)")
        }
    }

    private func reason(of refusal: Refusal) -> String {
        switch refusal {
        case .serverFull: "all \(limits.maxConnections) connections are taken (limits.max_connections)"
        case .crowdedAddress:
            "\(limits.maxConnectionsPerAddress) of one address are connected (limits.max_connections_per_address)"
        }
    }
}
