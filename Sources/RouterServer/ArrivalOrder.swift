/// Who came first, among some of the connections in a table; whoever comes and goes costs the same however many there are.
struct ArrivalOrder {
    /// The neighbours of each place of the table; those of the one before all places are the last and the first.
    private var links = [Link(before: 0, behind: 0)]

    private struct Link {
        /// One more than the places; 0 is where the circle begins and ends, -1 stands where no link is.
        var before: Int32
        var behind: Int32
    }

    var first: Int? { links[0].behind == 0 ? nil : Int(links[0].behind) - 1 }

    /// - Parameter place: one that is not in it.
    mutating func append(_ place: Int) {
        while links.count <= place + 1 { links.append(Link(before: -1, behind: -1)) }
        let (link, last) = (Int32(place + 1), links[0].before)
        links[place + 1] = Link(before: last, behind: 0)
        links[Int(last)].behind = link
        links[0].before = link
    }

    /// Nothing happens for one that is not in it.
    mutating func remove(_ place: Int) {
        guard place + 1 < links.count, links[place + 1].before >= 0 else { return }
        let link = links[place + 1]
        links[Int(link.before)].behind = link.behind
        links[Int(link.behind)].before = link.before
        links[place + 1] = Link(before: -1, behind: -1)
    }
}
