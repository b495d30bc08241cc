// What holds the namespaces of a Pod: a program that waits, and a module without dependencies.
module vipwatch.test/cluster/pause

go 1.26.0
