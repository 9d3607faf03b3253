import Testing

@Suite("What no file here does")
struct SourceRulesTests {
    @Test("Modules that only some systems have are imported inside #if")
    func platformImports() throws {
        for file in try Repository.files(below: "Sources", named: ".swift") {
            var depth = 0
            for line in try Repository.text(of: file).split(separator: "\n") {
                let code = line.drop { $0 == " " }
                if code.hasPrefix("#if") { depth += 1 }
                if code.hasPrefix("#endif") { depth -= 1 }
                let isSpecial = ["Glibc", "Musl", "Darwin"].contains { code == "import \($0)" }
                #expect(!isSpecial || depth > 0, "\(file): \(code)")
            }
        }
    }

    @Test("Nothing is left for later: no mark of unfinished work")
    func unfinished() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "for " + "now", "HA" + "CK"]
        for file in try Repository.texts() {
            let text = try Repository.text(of: file)
            for mark in marks { #expect(!text.contains(mark), "\(file) says \(mark)") }
        }
    }

    @Test("No file names a place that only one machine has")
    func absolutePaths() throws {
        let places = [
            "/ho" + "me/", "/ro" + "ot/", "/Use" + "rs/", "/wo" + "rk/", "/op" + "t/", "/tm" + "p/", "/mn" + "t/",
        ]
        for file in try Repository.texts() {
            let text = try Repository.text(of: file)
            for place in places {
                for found in text.ranges(of: place) where found.lowerBound > text.startIndex {
                    let before = text[text.index(before: found.lowerBound)]
                    #expect(before.isLetter || before.isNumber || "._~*)-".contains(before), "\(file) names \(place)")
                }
            }
        }
    }

    @Test("No file is longer than 300 lines")
    func length() throws {
        for file in try Repository.files(below: "Sources", named: ".swift")
            + Repository.files(below: "Tests", named: ".swift") + Repository.files(below: "Fuzz", named: ".swift")
        {
            let lines = try Repository.text(of: file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= 300, "\(file) has \(lines) lines")
        }
    }

    @Test("All that a handler's author has to read is under 600 lines")
    func kitIsSmall() throws {
        let files = try Repository.files(below: "Sources/HandlerKit", named: ".swift")
        let lines = try files.map {
            try Repository.text(of: $0).split(separator: "\n", omittingEmptySubsequences: false).count - 1
        }
        #expect(lines.reduce(0, +) < 600)
    }

    @Test("Whoever takes the compiler's checks into their own hands says why in a comment")
    func unchecked() throws {
        let marks = ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "as!", "fatalError("]
        for file in try Repository.files(below: "Sources", named: ".swift") {
            let lines = try Repository.text(of: file).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where !line.contains("//") && marks.contains(where: line.contains) {
                let near = lines[max(0, index - 4)..<index]
                #expect(near.contains { $0.contains("//") }, "\(file):\(index + 1): \(line)")
            }
        }
    }

    @Test("Every system library names its Debian and its Homebrew packages")
    func systemLibraries() throws {
        let parts = try Repository.text(of: "Package.swift").split(separator: ".systemLibrary(").dropFirst()
        #expect(!parts.isEmpty)
        for part in parts {
            let declaration = part.split(separator: ".target(")[0]
            #expect(declaration.contains(".apt([\"") && declaration.contains(".brew([\""), "\(declaration)")
        }
    }

    @Test("Builds and what tests leave behind stay out of git")
    func ignored() throws {
        let lines = try Repository.text(of: ".gitignore").split(separator: "\n")
        #expect(lines.contains(".build*"))
    }
}
