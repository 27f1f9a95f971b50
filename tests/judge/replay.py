"""Replays raw blocks into a fresh regtest chain of Bitcoin Core's consensus code.

Input: a file with one block a line, in hex, in the order in which they are to be given. Output: for each block a line
`block INDEX HASH ANSWER`, where ANSWER is `tip` (the chain now ends with it), `stored` (kept, but it is not the tip) or
`refused REASON`; then one line `tip HEIGHT HASH`. The answers are told by the tip, not by what a call returns.
"""

import re
import sys
import tempfile

import pbk

reasons = []
REASON = re.compile(
    r"\b(bad-[a-z0-9-]+|high-hash|unexpected-witness|time-[a-z-]+|duplicate[a-z-]*|block-[a-z-]+|mandatory-[a-z-]+)"
)


def heard(line):
    found = REASON.search(line)
    if found:
        reasons.append(found.group(1))


def main(path):
    pbk.logging_set_options(pbk.LoggingOptions())
    pbk.enable_log_category(pbk.LogCategory.VALIDATION)
    log = pbk.LoggingConnection(heard)
    with tempfile.TemporaryDirectory(prefix="judge-") as folder, open(path, encoding="ascii") as blocks:
        options = pbk.ChainstateManagerOptions(
            pbk.make_context(pbk.ChainType.REGTEST), folder, f"{folder}/blocks"
        )
        options.update_block_tree_db_in_memory(True)
        options.update_chainstate_db_in_memory(True)
        chainman = pbk.ChainstateManager(options)
        chain = chainman.get_active_chain()

        def tip():
            return chain.block_tree_entries[chain.height]

        for index, line in enumerate(blocks):
            reasons.clear()
            try:
                block = pbk.Block(bytes.fromhex(line.strip()))
            except (RuntimeError, ValueError):
                print(f"block {index} - refused unreadable")
                continue
            name = block.block_hash
            try:
                chainman.process_block(block)
            except pbk.ProcessBlockException:
                reasons.append("not-processed")
            if tip().block_hash == name:
                answer = "tip"
            elif reasons:
                answer = f"refused {reasons[0]}"
            else:
                answer = "stored"
            print(f"block {index} {name} {answer}")
        print(f"tip {chain.height} {tip().block_hash}")
        del chainman
    del log


main(sys.argv[1])
