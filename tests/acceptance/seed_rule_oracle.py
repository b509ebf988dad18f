"""The seed rule's query written out by hand in Python, to judge the engine and the sample events: one function,
matches(index, document). It shares no code with the engine and does not read the rule's text.
"""
import fnmatch
import ipaddress
import re

from new_terms_brute_force import values_of

RULE = "command_and_control_suspicious_network_activity_from_unknown_executable"
INDICES = ["auditbeat-*", "filebeat-*", "packetbeat-*", "logs-endpoint.events.*", "endgame-*"]
PATHS = """/etc/crontab /etc/rc.local ./* /boot/* /dev/shm/* /etc/cron.*/* /etc/init.d/* /etc/rc*.d/* /etc/update-motd.d/*
    /home/*/.* /tmp/* /usr/lib/update-notifier/* /var/log/* /var/tmp/*""".split()
EXCLUDED_PATHS = """/tmp/newroot/* /tmp/snap.rootfs* /etc/cron.hourly/BitdefenderRedline /tmp/go-build* /srv/snp/docker/*
    /run/containerd/* /tmp/.mount* /run/k3s/containerd/* /tmp/selenium* /tmp/tmp.*/juliainstaller /tmp/.criu.mntns*
    /home/*/.local/share/containers/* /etc/update-motd.d/*""".split()
EXCLUDED_NAMES = """apt chrome curl dnf dockerd dpkg firefox-bin git-remote-https java kite-update kited node rpm saml2aws
    selenium-manager solana-validator wget yum ansible* aws* php* pip* python* steam* terraform*""".split()
EXCLUDED_SOURCES = "10.0.0.0/8 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16".split()
EXCLUDED_DESTINATIONS = """0.0.0.0 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.0.0/29 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.0.8/32 192.0.0.9/32 192.0.2.0/24 192.168.0.0/16
    192.175.48.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4 ::1 FE80::/10 FF00::/8""".split()


def any_glob(values, globs):
    patterns = [re.compile(".*".join(re.escape(piece) for piece in glob.split("*")), re.DOTALL) for glob in globs]
    return any(pattern.fullmatch(str(value)) for value in values for pattern in patterns)


def any_network(values, networks):
    parsed = [ipaddress.ip_network(network) for network in networks]
    for value in values:
        address = ipaddress.ip_address(value)
        if address.version == 6 and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address.version == network.version and address in network for network in parsed):
            return True
    return False


def index_fits(index):
    """A backing index .ds-NAME-DATE-NUMBER belongs to the data stream NAME; no index at all fits every rule."""
    stream = re.fullmatch(r"\.ds-(.*)-\d{4}\.\d{2}\.\d{2}-\d{6}", index)
    name = stream.group(1) if stream else index
    return not name or any(fnmatch.fnmatchcase(name, pattern) for pattern in INDICES)


def matches(index, document):
    """True if the rule looks at this index and its query is true of the document."""
    def of(field):
        return values_of(document, field)

    return (index_fits(index)
            and "linux" in of("host.os.type")
            and "network" in of("event.category")
            and any(action in of("event.action") for action in ("connection_attempted", "ipv4_connection_attempt_event"))
            and any_glob(of("process.executable"), PATHS)
            and len(of("process.name")) > 0
            and not any_glob(of("process.executable"), EXCLUDED_PATHS)
            and not any_network(of("source.ip"), EXCLUDED_SOURCES)
            and not any_glob(of("process.name"), EXCLUDED_NAMES)
            and not any_network(of("destination.ip"), EXCLUDED_DESTINATIONS))
