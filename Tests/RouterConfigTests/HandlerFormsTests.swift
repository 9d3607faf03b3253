import HandlerKit
import RouterConfig
import Testing

/// Declares a message and frames of every kind.
private struct Votes: Handler {
    static let name = "votes"
    static let summary = "Counts votes."
    static let types: MessageTypes = [
        MessageForm(
            "vote", "Votes for somebody.", ["for": .id("Whom."), "weight": .optional(.number("1 or less|more."))])
    ]
    static let sends = [
        MessageForm("voted", to: .everyone, "Somebody has voted.", ["user_id": .id("Who.")]),
        MessageForm("result", to: .sender, "How it stands.", content: .list("The counts.")),
    ]
    static let needs = ["lobby"]
}

@Suite("What is told of a handler's messages and frames")
struct HandlerFormsTests {
    private let reference = HandlerReference(Votes.self)

    @Test("As text: each with who gets it, and a line for each field")
    func text() {
        #expect(
            reference.text.hasPrefix(
                """
                votes: Counts votes.

                Answers: vote.

                Message vote: Votes for somebody.
                  for (id): Whom.
                  weight (number, optional): 1 or less|more.

                Frame voted, to everyone else on the server: Somebody has voted.
                  user_id (id): Who.

                Frame result, to the sender: How it stands.
                  content (list): The counts.

                Needs above it: lobby.
                """))
    }

    @Test("For a program")
    func json() {
        let json = reference.indentedJSON.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
        for part in [
            #""messages": [{"type": "vote","help": "Votes for somebody.","fields": ["#,
            #"{"name": "for","kind": "id","optional": false,"help": "Whom."},"#,
            #"{"name": "weight","kind": "number","optional": true,"help": "1 or less|more."}]}],"#,
            #"{"type": "voted","help": "Somebody has voted.","receiver": "everyone else on the server","fields": ["#,
            #"{"type": "result","help": "How it stands.","receiver": "the sender","#,
            #""content": {"kind": "list","optional": false,"help": "The counts."}}]}"#,
        ] {
            #expect(json.contains(part), "\(part)")
        }
    }

    @Test("As a page, where a bar in a table does not end its cell")
    func markdown() {
        #expect(reference.markdown.contains("| `weight` | number, optional | 1 or less\\|more. |"))
        #expect(
            reference.markdown.contains(
                "### `result`, to the sender\n\nHow it stands.\n\n`content` (list): The counts."))
        #expect(reference.markdown.contains("It makes no sense without [lobby](lobby.md)"))
        #expect(reference.markdown.contains("```yaml\npipeline:\n  - lobby\n  - votes\n```\n"))
    }
}
