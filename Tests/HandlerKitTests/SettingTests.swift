import HandlerKit
import Testing

private struct Owner: SettingsSection {
    @Setting("Longest name allowed, in characters.", in: 1...256, unit: "characters")
    var maxLength = 20
    @Setting("What is said.", applies: .newConnections)
    var welcomeMessage = "hello"
    @Setting("How long to wait.", in: .milliseconds(100)...(.seconds(60)), applies: .afterRestart)
    var wait: Duration = .seconds(5)
    @Setting("How much is kept.", in: .kibibytes(1)...)
    var kept: ByteCount = 4_096
    @Setting("What is left out.")
    var leftOut: [String] = []
    @Setting("Who plays.", names: 1...3, ofBytes: 2...4)
    var players = ["Ada", "Bob"]
    var inner = Inner()
    let notASetting = 5
}

private struct Inner: SettingsSection {
    @Setting("Whether it is loud.")
    var isLoud = false
}

@Suite("Settings, declared once")
struct SettingTests {
    private func setting(_ name: String, of owner: Owner) throws -> any AnySetting {
        try #require(settings(of: owner).first { $0.name == name }?.setting)
    }

    private func plain(_ text: String) -> SettingInput { .scalar(text, quoted: false) }

    @Test("An owner's settings have snake_case names, in the order of their declaration")
    func names() {
        #expect(
            settings(of: Owner()).map(\.name) == [
                "max_length", "welcome_message", "wait", "kept", "left_out", "players",
            ])
        #expect(sections(of: Owner()).map(\.name) == ["inner"])
        #expect(sections(of: Owner()).flatMap { settings(of: $0.section) }.map(\.name) == ["is_loud"])
        #expect(settings(of: 5).isEmpty && sections(of: "text").isEmpty)
    }

    @Test("A setting knows its help, type, range, default and when a change applies")
    func declarations() throws {
        let length = try setting("max_length", of: Owner())
        #expect(length.help == "Longest name allowed, in characters.")
        #expect(length.expected == "a whole number")
        #expect(length.range == "1 to 256")
        #expect(length.text == "20")
        #expect(length.applies == .atOnce)
        #expect(try setting("welcome_message", of: Owner()).range == nil)
        #expect(try setting("welcome_message", of: Owner()).applies == .newConnections)
        #expect(try setting("wait", of: Owner()).range == "100ms to 1m")
        #expect(try setting("wait", of: Owner()).applies == .afterRestart)
        #expect(try setting("kept", of: Owner()).range == "1 KiB or more")
        #expect(try setting("kept", of: Owner()).text == "4 KiB")
        #expect(try setting("left_out", of: Owner()).expected == "a list, each entry text")
    }

    @Test("A list of names takes as many as it says, of such lengths, and none twice")
    func listOfNames() throws {
        let players = try setting("players", of: Owner())
        let rule = "a list of 1 to 3 names, none twice, each of 2 to 4 bytes"
        #expect(players.range == rule && players.bounds == nil)
        #expect(players.kind == .names(count: 1...3, bytes: 2...4))
        for names in [["Al"], ["Al", "Äd"], ["Al", "al", "AL"]] as [[String]] {
            #expect(players.assign(.list(names.map { plain($0) })) == nil, "\(names)")
        }
        for names in [[], ["Al", "Al"], ["A"], ["Ödön "], ["ab", "cd", "ef", "gh"]] as [[String]] {
            #expect(players.assign(.list(names.map { plain($0) })) == .outOfRange(rule), "\(names)")
        }
        #expect(players.assign(plain("Ada")) == .wrongType(expected: "a list, each entry text"))
    }

    @Test("A machine gets a setting's kind, its unit and its bounds as values")
    func machineReadable() throws {
        let length = try setting("max_length", of: Owner())
        #expect(length.kind == .integer && length.unit == "characters")
        #expect(length.bounds?.least as? Int == 1 && length.bounds?.most as? Int == 256)
        #expect(try setting("welcome_message", of: Owner()).bounds == nil)
        #expect(try setting("wait", of: Owner()).bounds?.most as? Duration == .seconds(60))
        let kept = try setting("kept", of: Owner())
        #expect(kept.bounds?.least as? ByteCount == .kibibytes(1) && kept.bounds?.most == nil && kept.unit == nil)
    }

    @Test("A value that is assigned is what the owner sees")
    func assigning() throws {
        let owner = Owner()
        #expect(try setting("max_length", of: owner).assign(plain("24")) == nil)
        #expect(owner.maxLength == 24)
        #expect(try setting("max_length", of: owner).text == "24")
        let loud = try #require(sections(of: owner).first?.section)
        #expect(settings(of: loud)[0].setting.assign(plain("true")) == nil)
        #expect(owner.inner.isLoud)
    }

    @Test("Both ends of a range are in it", arguments: ["1", "256"])
    func ends(_ text: String) throws {
        #expect(try setting("max_length", of: Owner()).assign(plain(text)) == nil)
    }

    @Test("A value outside the range is refused with the range, and changes nothing", arguments: ["0", "257", "-1"])
    func outside(_ text: String) throws {
        let owner = Owner()
        #expect(try setting("max_length", of: owner).assign(plain(text)) == .outOfRange("1 to 256"))
        #expect(owner.maxLength == 20)
    }

    @Test("A range without an end is open upwards only")
    func openRange() throws {
        #expect(try setting("kept", of: Owner()).assign(plain("9 GiB")) == nil)
        #expect(try setting("kept", of: Owner()).assign(plain("1023")) == .outOfRange("1 KiB or more"))
    }

    @Test("A value of another type is refused with what is expected, and changes nothing")
    func wrongType() throws {
        let owner = Owner()
        #expect(try setting("wait", of: owner).assign(plain("5")) == .wrongType(expected: Duration.expected))
        #expect(try setting("max_length", of: owner).assign(.list([])) == .wrongType(expected: "a whole number"))
        #expect(owner.wait == .seconds(5) && owner.maxLength == 20)
    }

    @Test("Copies of an owner share their values, owners made anew do not")
    func copies() throws {
        let (owner, other) = (Owner(), Owner())
        let copy = owner
        #expect(try setting("max_length", of: owner).assign(plain("24")) == nil)
        #expect(copy.maxLength == 24 && other.maxLength == 20)
    }

    @Test("The projected value is the setting itself")
    func projection() {
        let owner = Owner()
        #expect(owner.$maxLength.assign(plain("7")) == nil)
        #expect(owner.maxLength == 7 && owner.$maxLength.help == "Longest name allowed, in characters.")
    }
}
