import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P16, P33, P34: whatever happens, everybody sees the same")
struct PresenceTests {
    @Test(
        "after random comings, goings, posts and private messages everyone's view of the room is true",
        arguments: 0..<12)
    func random(seed: UInt64) throws {
        var crowd = Crowd(seed: seed)
        for _ in 0..<120 {
            try crowd.act()
            try crowd.look()
        }
    }
}

/// Clients that each keep a list of who is online by what they are told, and the truth to compare it with.
private struct Crowd {
    private let router = TestRouter([Lobby.self, Private.self, Broadcast.self])
    private var random: Seeded
    private var clients: [Int: Client] = [:]
    private var nextUser = 1
    private var lastId = 0

    private struct Client {
        let user: Int
        /// The ids of those it knows to be online.
        var online: Set<Int> = []
        var hasLeft: Set<Int> = []
        var texts: [String] = []
        /// What it has to get.
        var expected: [String] = []
        var lastId = 0
    }

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func act() throws {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<2: join()
            case 2: leave()
            case 3: try sendPrivately()
            default: try post()
            }
        }
        router.endTurn()
    }

    private mutating func join() {
        let connection = (0...clients.count).first { clients[$0] == nil } ?? 0
        clients[connection] = Client(user: nextUser)
        nextUser += 1
        router.open(connection)
    }

    /// By a lost connection, the client's close, or one of ours.
    private mutating func leave() {
        guard let connection = clients.keys.sorted().randomElement(using: &random) else { return }
        clients[connection] = nil
        switch Int.random(in: 0..<3, using: &random) {
        case 0: break
        case 1: router.withRouter { $0.closedByClient(connection, nil) }
        default: router.withRouter { $0.drop(connection, .noPong) }
        }
        router.endTurn()
        router.lose(connection)
        router.endTurn()
        router.sink.takeFrames(of: connection).forEach { _ in }
        collect()
    }

    private mutating func post() throws {
        guard let sender = clients.keys.sorted().randomElement(using: &random) else { return }
        lastId += 1
        for connection in clients.keys where connection != sender {
            clients[connection]?.expected.append("post \(lastId)")
        }
        router.post(#"{"type":"message","content":"post \#(lastId)"}"#, from: sender)
    }

    private mutating func sendPrivately() throws {
        let connections = clients.keys.sorted()
        guard let sender = connections.randomElement(using: &random),
            let receiver = connections.randomElement(using: &random),
            let user = clients[receiver]?.user
        else { return }
        lastId += 1
        clients[receiver]?.expected.append("private \(lastId)")
        clients[sender]?.expected.append("private \(lastId)")
        router.post(#"{"type":"private_message","to_id":"\#(user)","content":"private \#(lastId)"}"#, from: sender)
    }

    private mutating func collect() {
        for connection in clients.keys { try? take(connection) }
    }

    mutating func look() throws {
        for connection in clients.keys { try take(connection) }
        let truth = Set(clients.values.map(\.user))
        #expect(router.router.usersOnline == truth.count)
        for client in clients.values {
            #expect(client.online == truth)
            #expect(client.texts == client.expected)
        }
    }

    private mutating func take(_ connection: Int) throws {
        guard var client = clients[connection] else { return }
        for said in try router.said(to: connection) { try hear(said, &client) }
        clients[connection] = client
    }

    private func hear(_ said: Said, _ client: inout Client) throws {
        let user = said.content["user_id"] as? Int ?? 0
        switch said.type {
        case "users":
            #expect(client.online.isEmpty)
            client.online = Set(said.contentList.compactMap { $0["id"] as? Int })
            #expect(client.online.contains(client.user))
        case "join":
            #expect(user != client.user && !client.hasLeft.contains(user))
            #expect(client.online.insert(user).inserted)
            #expect(said.content["users_online"] as? Int == client.online.count)
        case "leave":
            #expect(client.online.remove(user) != nil)
            #expect(client.hasLeft.insert(user).inserted)
            #expect(said.content["users_online"] as? Int == client.online.count)
        case "welcome": #expect(said.content["user_id"] as? Int == client.user)
        default: hearText(said, &client)
        }
    }

    private func hearText(_ said: Said, _ client: inout Client) {
        client.texts.append(said.contentText ?? "")
        #expect(said.contentText?.hasSuffix(" \(said.id)") == true)
        // A private message to oneself comes with its receipt: the same id twice.
        #expect(said.id > client.lastId || said.type == "private_message_sent" && said.id == client.lastId)
        client.lastId = said.id
        if said.type == "message" { #expect(said["from_id"] as? Int != client.user) }
    }
}
