"""The security plugin of OpenSearch for nodes on loopback: its archive out of the Maven registry, made fit for an assembled
server, and what goes into a node's config/: certificates for the transport layer, users, roles and who has which.

    guard = security.Guard(users={"ann": ["reader"]}, roles={"reader": {"index_permissions": [...]}})
    with Cluster(version=security.VERSION, plugins=[guard.archive], settings=guard.settings,
                 config_files=guard.config_files, user=guard.admin) as cluster:
        ann = Client(cluster.url, user=guard.user("ann"))

A modified installation: the plugin no longer says which plugins it extends (they are not in the registry), and HTTP is
without TLS. Everybody has the same password, made up anew each time. The certificate is its own authority.
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import tempfile
import zipfile

import assemble
import jdk as jdks
import maven

VERSION = "3.4.0"  # of OpenSearch: the newest whose security plugin is in the registry
ADMIN = "admin"
_PLUGIN = "opensearch-security"
_PLUGIN_VERSION = f"{VERSION}.0"
_FOLDER = "opensearch-security"  # below config/, by the plugin's own wish
_DESCRIPTOR = "plugin-descriptor.properties"
# The registry's archive lacks it, and the plugin does not start without.
_COLLECTIONS = ("org.apache.commons", "commons-collections4", "4.4")
# As the plugin has them; the files of users, roles and mappings are ours.
_OWN_FILES = ("action_groups", "allowlist", "audit", "config", "nodes_dn", "tenants")


def _fitted(text):
    """The descriptor without the plugins that it extends."""
    return re.sub(r"(?m)^extended\.plugins=.*$", "extended.plugins=", text)


def _repack(original, jars, target):
    with zipfile.ZipFile(original) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as repacked:
        for entry in packed.infolist():
            content = packed.read(entry)
            if entry.filename == _DESCRIPTOR:
                content = _fitted(content.decode("utf-8")).encode("utf-8")
            repacked.writestr(entry.filename, content)
        for jar in jars:
            repacked.write(jar, jar.name)


def archive():
    """The plugin's archive; fetched and made fit where it is not there yet. Raises CannotAssemble."""
    cache = assemble.cache_folder()
    target = cache / f"{_PLUGIN}-{_PLUGIN_VERSION}-fitted.zip"
    if target.exists():
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{_PLUGIN}.partial-", dir=cache) as name:
            folder = pathlib.Path(name)
            sets = {"plugin": [("org.opensearch.plugin", _PLUGIN, _PLUGIN_VERSION, "zip")], "missing": [_COLLECTIONS]}
            fetched = maven.fetch(folder, sets)
            _repack(*fetched["plugin"], fetched["missing"], folder / target.name)
            os.replace(folder / target.name, target)
    except maven.MavenFailed as error:
        raise assemble.CannotAssemble(str(error)) from error
    except OSError as error:
        raise assemble.CannotAssemble(f"{error}; the cache folder is {cache}, TRIPLINE_CACHE names another") from error
    return target


def _run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise assemble.CannotAssemble(f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _stores(folder, jdk, password):
    """A key with its certificate, and the certificate as the only one that is trusted."""
    keytool, key, trust, certificate = jdk.home / "bin" / "keytool", folder / "key.p12", folder / "trust.p12", folder / "it"
    common = ("-storetype", "PKCS12", "-storepass", password)
    _run(keytool, "-genkeypair", "-keystore", key, *common, "-alias", "node", "-dname", "CN=node", "-keyalg", "RSA",
         "-keysize", "2048", "-validity", "30", "-ext", "san=ip:127.0.0.1,dns:localhost")
    _run(keytool, "-exportcert", "-keystore", key, *common, "-alias", "node", "-file", certificate)
    _run(keytool, "-importcert", "-noprompt", "-keystore", trust, *common, "-alias", "node", "-file", certificate)
    return key.read_bytes(), trust.read_bytes()


def _hashed(folder, jdk, packed, password):
    """The password as the plugin's own tool hashes it."""
    for name in packed.namelist():
        if name.endswith(".jar"):
            packed.extract(name, folder / "jars")
    lib = assemble.assemble(VERSION) / "lib"
    printed = _run(jdk.java, "-cp", f"{folder / 'jars'}/*:{lib}/*", "org.opensearch.security.tools.Hasher", "-p", password)
    return printed.split()[-1]


def _typed(kind, entries):
    # JSON is YAML.
    return json.dumps({"_meta": {"type": kind, "config_version": 2}, **entries}).encode("utf-8")


class Guard:
    """The plugin with certain users and roles, for one start of a cluster. Beside them there is `admin`, who may do all."""

    def __init__(self, users, roles):
        """users: name -> names of roles; roles: name -> what the plugin's roles.yml says of one. Raises CannotAssemble or
        NoJdk."""
        jdk = jdks.find_jdk()
        self.archive = archive()
        self._password = secrets.token_hex(12)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tripline-security-"))
        try:
            key, trust = _stores(folder, jdk, self._password)
            with zipfile.ZipFile(self.archive) as packed:
                files = {name: packed.read(f"config/{name}.yml") for name in _OWN_FILES}
                hashed = _hashed(folder, jdk, packed, self._password)
        finally:
            shutil.rmtree(folder)
        everybody = {ADMIN: ["all_access"], **users}
        held = {role for names in everybody.values() for role in names}
        files["internal_users"] = _typed("internalusers", {name: {"hash": hashed} for name in everybody})
        files["roles"] = _typed("roles", roles)
        files["roles_mapping"] = _typed("rolesmapping", {
            role: {"users": [name for name, names in everybody.items() if role in names]} for role in sorted(held)})
        self.config_files = {"key.p12": key, "trust.p12": trust,
                             **{f"{_FOLDER}/{name}.yml": content for name, content in files.items()}}

    def user(self, name):
        """What Client takes."""
        return name, self._password

    @property
    def admin(self):
        return self.user(ADMIN)

    @property
    def settings(self):
        transport = "plugins.security.ssl.transport"
        stores = {f"{transport}.{store}_{part}": value for store, file in (("keystore", "key.p12"), ("truststore", "trust.p12"))
                  for part, value in (("type", "PKCS12"), ("filepath", file), ("password", self._password))}
        return {**stores, f"{transport}.enforce_hostname_verification": False, "plugins.security.ssl.http.enabled": False,
                "plugins.security.nodes_dn": ["CN=node"], "plugins.security.compliance.salt": secrets.token_hex(8), "plugins.security.allow_default_init_securityindex": True,
                "plugins.security.system_indices.enabled": True}
