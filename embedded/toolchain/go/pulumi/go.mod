module isotherm/pulumi
go 1.25.0
require github.com/pulumi/pulumi/pkg/v3 v3.220.0
