#Requires -Version 7.4
<#
.SYNOPSIS
    Makes your custom indicators in every customer's tenant equal to wanted.csv, every hour, without a secret.

.DESCRIPTION
    A function of a PowerShell function app with a user-assigned managed identity and the module in its folder Modules.
    It reads the app's settings:

    DEFENDER_TENANTS              the tenants, as directory ids or domain names, with commas between
    DEFENDER_CLIENT_ID            the application (client) id of the multi-tenant application
    DEFENDER_IDENTITY_CLIENT_ID   the client id of the user-assigned managed identity

    Only indicators whose external id begins with 'feed:' are changed or removed. Each tenant gets a line; what did not
    take effect follows with its reason. A tenant that fails is named, the others go on, and the run fails at its end.
    The next run begins with what is there, so an interrupted one needs no repair.
#>
param($Timer)

$ErrorActionPreference = 'Stop'
Import-Module MdeFic

$settings = @{}
foreach ($name in 'DEFENDER_TENANTS', 'DEFENDER_CLIENT_ID', 'DEFENDER_IDENTITY_CLIENT_ID') {
    $settings[$name] = [Environment]::GetEnvironmentVariable($name)
    if (-not $settings[$name]) { throw "the app setting $name is missing" }
}
$tenants = [string[]] ($settings.DEFENDER_TENANTS -split '[\s,;]+' -ne '')

if ($Timer.IsPastDue) { 'This run is late.' }
$sync = @{
    TenantId                = $tenants
    ClientId                = $settings.DEFENDER_CLIENT_ID
    ManagedIdentityClientId = $settings.DEFENDER_IDENTITY_CLIENT_ID
    Path                    = "$PSScriptRoot/wanted.csv"
    ExternalIdPrefix        = 'feed:'
}
# Nobody is there to confirm anything.
$results = @(Sync-MdeIndicator @sync -Confirm:$false -ErrorVariable errors -ErrorAction SilentlyContinue)

foreach ($tenant in $tenants) {
    $mine = @($results | Where-Object TenantId -eq $tenant)
    $counts = foreach ($change in 'Add', 'Change', 'Remove') {
        @($mine | Where-Object { $_.Change -eq $change -and $_.Status -eq 'Accepted' }).Count
    }
    '{0}: {1} added, {2} changed, {3} removed' -f @($tenant; $counts)
    foreach ($result in $mine | Where-Object Status -ne 'Accepted') {
        '  {0} {1} {2}: {3}' -f $result.Change, $result.Status, $result.IndicatorValue, $result.Reason
    }
}
foreach ($problem in $errors) {
    'ERROR   {0}: {1}' -f $problem.FullyQualifiedErrorId.Split(',')[0], $problem.Exception.Message
    'REMEDY  {0}' -f $problem.ErrorDetails.RecommendedAction
}

if ($errors) { throw "$($errors.Count) errors; they and what to do stand above" }
