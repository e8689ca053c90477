"""How fast the hot loop is: ours and theirs."""
