# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests share: the real server, its command line, and MQTT senders."""
