/// A private message comes to the user whom its receipt names, the receipt to its sender, and neither to anybody else.
struct PrivateMessageCheck {
    static let types: Set<String> = ["private_message", "private_message_sent"]

    /// One of the two frames, and who got it.
    typealias Sent = (frame: SeenFrame, users: Set<Int>)

    private let messages: [Sent]
    private let receipts: [Sent]
    /// Who caused them; nil when nobody did who is still there.
    private let sender: Int?
    /// Of those who may get something, by connection.
    private let ids: [Int: Int64]

    /// - Parameter sent: all that one happening brought.
    init(_ sent: [Sent], by sender: Int?, ids: [Int: Int64]) {
        messages = sent.filter { $0.frame.type == "private_message" }
        receipts = sent.filter { $0.frame.type == "private_message_sent" }
        self.sender = sender
        self.ids = ids
    }

    func run(_ report: (String) -> Void) {
        for message in messages where !message.users.allSatisfy({ isFor($0, message.frame) }) {
            report("a private_message comes to somebody whom no receipt of its sender names")
        }
        for receipt in receipts where receipt.users.count > 1 || sender.map(receipt.users.contains) == false {
            report("a private_message_sent comes to somebody else than who sent the message")
        }
    }

    /// Whether the sender has a receipt of the message that names this user.
    private func isFor(_ user: Int, _ message: SeenFrame) -> Bool {
        receipts.contains { receipt in
            receipt.frame.id == message.id && receipt.frame.number("to_id") == ids[user]
                && receipt.users.allSatisfy { ids[$0] == message.number("from_id") }
        }
    }
}

extension SeenFrame {
    fileprivate func number(_ name: String) -> Int64? {
        if case .number(let digits) = self[name] { Int64(digits) } else { nil }
    }
}
