/// What is said when the files have been written: which they are, and what to do next.
enum NewHandlerReport {
    static func inRepository(
        _ handler: HandlerNames, _ files: [NewFile], _ lines: [RouterRepository.NewLine]
    ) -> String {
        let places = lines.map { line in
            "\(line.file), after line \(line.after) (\(line.previous.trimmed)):\n\(line.text)\n"
        }
        return """
            \(list(files, in: "."))
            Two lines to add:

            \(places.joined(separator: "\n"))
            Then `make docs` writes its reference page, and `make test` tests it with all the rest.

            """
    }

    static func package(_ package: PackageNames, _ handler: HandlerNames, _ files: [NewFile]) -> String {
        """
        \(list(files, in: package.folder))
        Next:

          cd \(package.folder)
          swift test
          swift run \(package.name) --config chat.yaml

        """
    }

    private static func list(_ files: [NewFile], in folder: String) -> String {
        let prefix = folder == "." ? "" : folder + "/"
        let width = files.map(\.path.count).max() ?? 0
        let lines = files.map { file in
            "  \(prefix)\(file.path)\(String(repeating: " ", count: width - file.path.count))  \(file.purpose)\n"
        }
        return "Wrote\n\n" + lines.joined()
    }
}

extension String {
    fileprivate var trimmed: Substring { drop { $0 == " " } }
}
