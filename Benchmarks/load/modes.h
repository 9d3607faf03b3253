// What the load program measures; each prints one line of name=value pairs.
#pragma once

void measure_flow(void);    // senders that wait until everyone has got their texts
void measure_private(void); // the same between pairs
void measure_paced(void);   // senders with a timetable
void measure_stalled(void); // the same beside members who have stopped reading
void measure_idle(void);
void measure_accept(void);
void measure_join(void);
void measure_acked(void);   // senders that wait for their acks
void measure_crash(void);   // the same, until the server is killed
void measure_rooms(void);   // into a room and out of it
void measure_resume(void);
