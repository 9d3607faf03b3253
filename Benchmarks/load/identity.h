// Under which id everybody sees a message: the same everywhere.
#pragma once

#include "client.h"

void remember_ids(unsigned senders);

// Ends the program when somebody has seen this message under another id, as far as it is still remembered.
void check_id(struct post post);
