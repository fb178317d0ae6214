<#
.SYNOPSIS
    The developer's door for people in PowerShell: forwards to 'cargo xtask'.
.EXAMPLE
    ./build.ps1 demo
.EXAMPLE
    ./build.ps1 test
#>
[CmdletBinding()]
param(
    # The task; 'help' of cargo xtask lists them.
    [Parameter(Position = 0)]
    [ValidateSet('demo', 'test', 'build', 'bindings', 'help', 'lint', 'bench', 'package', 'emulator', 'clean')]
    [string] $Task = 'build',

    # What follows is passed on.
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Remaining
)

Push-Location -LiteralPath $PSScriptRoot
try {
    cargo xtask $Task @Remaining
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
