"""What stands before services on the kind cluster: addresses, a Gateway controller, an Ingress controller.

Nothing of it is there until a test asks for it; then it stays in the cluster. Only namespaces with the label
`testbed.tfk8s.dev/addresses: given` get addresses, so that the others still show a cluster without a load balancer.
The addresses are on the nodes' bridge: this machine reaches them, and nobody else.
"""
