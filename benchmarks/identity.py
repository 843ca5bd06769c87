"""Signed calls a second on one core, beside openssl's and PyJWT's: python benchmarks/identity.py [--tokens 4000] [--rounds 5].

Tokens are all different, certificates are read and their path is found once, and every check is done, with the SIP message.
Each round runs all of them one after the other; figures are medians of CPU seconds over rounds. openssl's is the limit that
the arithmetic sets: it verifies one signature of P-256 again and again and reads no token.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jwt

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from unspoof.model.identity import CertificateOrigin, SignedMessage
from unspoof.screen.identity import Obtained, SignedCall, TrustStore, Verifier
from vectors.passport.passport_maker import INTER, LEAF, ROOT, URL, T, claims, identity, jose, key, pem, token


def made_calls(count: int) -> list[tuple[str, SignedMessage]]:
    """Return calls of different callers, called numbers and call ids, as one busy signer makes them."""
    calls = []
    for n in range(count):
        orig, dest = f"44207946{n % 1000:04}", f"447700900{n // 4 % 1000:03}"
        origid = f"123e4567-e89b-42d3-a456-{n:012x}"
        signed = token(jose(), claims(orig={"tn": orig}, dest={"tn": [dest]}, iat=T - n % 30, origid=origid))
        said = SignedMessage(f"sip:+{orig}@198.51.100.7;user=phone", (f"tel:+{orig}",), (f"sip:+{dest}@192.0.2.1",))
        calls.append((identity(signed), said))
    return calls


def cpu_rate(run: Callable[[], None], count: int) -> float:
    """Return how many of `count` a CPU second takes."""
    started = time.process_time()
    run()
    return count / (time.process_time() - started)


def openssl_rate(seconds: int) -> float:
    """Return openssl's verifications of P-256 a CPU second."""
    command = ["openssl", "speed", "-seconds", str(seconds), "ecdsap256"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"nistp256\).*?([0-9.]+)\s*$", said, flags=re.MULTILINE)[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    calls = made_calls(asked.tokens)
    public = key("SHAKEN 709J").public_key()
    bundle = Obtained(pem(LEAF, INTER).encode(), CertificateOrigin("made"))
    trust = TrustStore.from_pem(pem(ROOT).encode())
    plain = [text.partition(";")[0] for text, _ in calls]
    assert URL in jwt.get_unverified_header(plain[0])["x5u"]

    def ours() -> None:
        verifier = Verifier(trust)
        for text, said in calls:
            assert verifier.verify((text,), T, said, bundle).verdict == "verified"

    many = [SignedCall((text,), T, said, bundle) for text, said in calls]

    def ours_many() -> None:
        assert all(v.verdict == "verified" for v in Verifier(trust).verify_many(many))

    def pyjwt() -> None:
        options = {"verify_iat": False, "verify_exp": False, "verify_aud": False}
        for text in plain:
            jwt.decode(text, public, algorithms=["ES256"], options=options)

    rates: dict[str, list[float]] = {"openssl": [], "unspoof, a call at a time": [], "unspoof, many": [], "PyJWT": []}
    for _ in range(asked.rounds):
        rates["openssl"].append(openssl_rate(2))
        rates["unspoof, many"].append(cpu_rate(ours_many, asked.tokens))
        rates["unspoof, a call at a time"].append(cpu_rate(ours, asked.tokens))
        rates["PyJWT"].append(cpu_rate(pyjwt, asked.tokens))
    limit = statistics.median(rates["openssl"])
    for name, found in rates.items():
        middle = statistics.median(found)
        spread = f"spread {min(found):,.0f} to {max(found):,.0f}"
        print(f"{name:<26} {middle:>8,.0f} a CPU second  {middle / limit:.2f} of openssl  ({spread})")


if __name__ == "__main__":
    main()
