import Foundation
import GRDB
import RouterCore

/// Sessions that can be resumed, a row each.
enum SessionRows {
    static func write(_ group: JournalGroup, _ database: Database) throws {
        for session in group.sessions { try write(session, database) }
        if group.forgotten.isEmpty { return }
        let statement = try database.cachedStatement(sql: "DELETE FROM sessions WHERE id = ?")
        for id in group.forgotten { try statement.execute(arguments: [id]) }
    }

    /// In the order of their ids.
    static func all(_ database: Database) throws -> [SessionRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM sessions ORDER BY id").map(record)
    }

    private static func write(_ session: SessionRecord, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO sessions \
                (id, name, connected_at, stays, token, previous_token, left_at, last_unkept) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            session.id, session.name, session.connectedAt, stays(session.stays), Data(session.token),
            Data(session.previousToken), session.leftAt, session.lastUnkept,
        ])
    }

    private static func record(_ row: Row) throws -> SessionRecord {
        // Whatever stands there: an unfitting value is a damaged file, and nothing to end the process for.
        func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
            try row.decode(Value.self, forColumn: column)
        }
        return SessionRecord(
            id: try value("id"), name: try value("name"), connectedAt: try value("connected_at"),
            stays: try stays(try value("stays")), token: [UInt8](try value("token") as Data),
            previousToken: [UInt8](try value("previous_token") as Data),
            leftAt: try row.decode(Int64?.self, forColumn: "left_at"), lastUnkept: try value("last_unkept"))
    }

    /// As it stands in the column `stays`, in a list.
    private struct Stay: Codable {
        let room: String
        let after: Int64
        let upTo: Int64?
    }

    private static func stays(_ stays: [SessionRecord.Stay]) throws -> String {
        let columns = stays.map { Stay(room: $0.room, after: $0.after, upTo: $0.upTo) }
        return String(decoding: try JSONEncoder().encode(columns), as: UTF8.self)
    }

    private static func stays(_ text: String) throws -> [SessionRecord.Stay] {
        let columns = try JSONDecoder().decode([Stay].self, from: Data(text.utf8))
        return columns.map { SessionRecord.Stay(room: $0.room, after: $0.after, upTo: $0.upTo) }
    }
}
