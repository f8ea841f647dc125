"""A session on Apache Spark for work that no single machine holds: nothing it writes is readable.

What crosses the network and what Spark lays down on a disk is encrypted under keys that live as long as the
session; the driver listens on loopback alone; there is no web page, no event log, no metastore. Workers need
the same environment as this process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from amparo.errors import AmparoError

LOCAL = "spark"  # the name for a Spark of this machine, started for the session
LOOPBACK = "127.0.0.1"
_PARTITIONS = "8"
_SECONDS = 10  # for Java to end


def missing() -> str | None:
    """The code of what Spark needs and this machine lacks, or None."""
    if find_spec("pyspark") is None:
        return "spark.missing"
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin/java").exists()):
        return "spark.no_java"
    return None


@contextmanager
def session(master: str = LOCAL, *, memory: str = "1g") -> Generator[Any]:
    """A `pyspark.sql.SparkSession` at `master` (`spark://host:7077`), or with LOCAL one of this machine.

    `memory` is that of the driver. A cluster's secret comes from its own `spark-defaults.conf`
    (`SPARK_CONF_DIR`); so that it can reach this machine, `SPARK_LOCAL_IP` names the address to listen on.
    Whatever Spark wrote on this machine is removed in the end. Raises `spark.missing`, `spark.no_java`,
    `spark.failed`.
    """
    if lacking := missing():
        raise AmparoError(lacking)
    pyspark: Any = import_module("pyspark")  # an extra: type checkers may not find it
    launch: Any = import_module("pyspark.java_gateway").launch_gateway
    shape: Any = import_module("pyspark.sql").SparkSession
    with tempfile.TemporaryDirectory(prefix="amparo-spark-") as scratch:
        conf = pyspark.SparkConf(loadDefaults=False).setAll(settings(master, scratch, memory).items())
        # What Java says of its work could tell of what it works on.
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        context = gateway = None
        try:
            try:
                with _environment(scratch, master):
                    gateway = launch(conf, silent)
                    context = pyspark.SparkContext(gateway=gateway, conf=conf)
            except Exception as error:
                raise AmparoError("spark.failed", master=master, reason=type(error).__name__) from None
            yield shape(context)
        finally:
            with suppress(Exception):  # a Java that died has nothing left to stop
                shape._instantiatedSession = None
                if context is not None:
                    context.stop()
            _end(gateway)
            pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None


def settings(master: str, scratch: str, memory: str) -> dict[str, str]:
    """What a session is set to; `scratch` is a folder of its own."""
    java = {
        "-Djava.io.tmpdir": scratch,
        "-Duser.home": scratch,
        "-XX:ErrorFile": "/dev/null",
        "-Dlog4j2.level": "OFF",
    }
    return {
        "spark.app.name": "amparo",
        "spark.master": "local[*]" if master == LOCAL else master,
        "spark.driver.host": _address(master),
        "spark.driver.bindAddress": _address(master),
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": " ".join(
            ["-XX:-UsePerfData", "-XX:-CreateCoredumpOnCrash", *(f"{key}={to}" for key, to in java.items())]
        ),
        "spark.authenticate": "true",
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.saslFallback": "false",
        "spark.io.encryption.enabled": "true",
        "spark.io.encryption.keySizeBits": "256",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": _PARTITIONS,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
    }


def _address(master: str) -> str:
    """Where the driver listens."""
    return LOOPBACK if master == LOCAL else os.environ.get("SPARK_LOCAL_IP", LOOPBACK)


@contextmanager
def _environment(scratch: str, master: str) -> Generator[None]:
    """What Java and the workers find in their environment, while they are started."""
    wanted = {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONSAFEPATH": "1",  # nothing in the working folder stands in for a module of ours
        "SPARK_LOCAL_IP": _address(master),
        "SPARK_LOCAL_DIRS": scratch,
    }
    unwanted = ("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_HOME", "SPARK_TESTING")
    before = {name: os.environ.get(name) for name in (*wanted, *unwanted)}
    try:
        for name in unwanted:
            os.environ.pop(name, None)
        os.environ.update(wanted)
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _end(gateway: Any) -> None:
    """End the process of Java, which holds what it was given."""
    if gateway is None:
        return
    process = gateway.proc
    with suppress(Exception):
        gateway.shutdown()
    if process is None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
