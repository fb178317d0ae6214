#Requires -Version 7.4
<#
.SYNOPSIS
    Lists the custom indicators of Microsoft Defender for Endpoint in many tenants, without a secret.

.DESCRIPTION
    A runbook for Azure Automation (PowerShell 7.4 or later, with the MdeFic package in its runtime environment). The
    account's user-assigned managed identity is exchanged for a token of the multi-tenant application in every tenant.
    A tenant that fails is named with its remedy; the others go on.

.PARAMETER TenantId
    The tenants: an array, or one text with commas, as Automation passes it.

.PARAMETER ClientId
    The application (client) id of the multi-tenant application.

.PARAMETER ManagedIdentityClientId
    The client id of the user-assigned managed identity.

.PARAMETER Show
    How many indicators of each tenant to show.

.EXAMPLE
    ./Get-TenantIndicators.ps1 -TenantId contoso.onmicrosoft.com, fabrikam.onmicrosoft.com -ClientId $app -ManagedIdentityClientId $identity
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string[]] $TenantId,

    [Parameter(Mandatory)]
    [string] $ClientId,

    [Parameter(Mandatory)]
    [string] $ManagedIdentityClientId,

    [int] $Show = 5
)

Import-Module MdeFic

$tenants = $TenantId.ForEach({ $_.Split(',') }).Trim() | Where-Object { $_ }
$who = @{ ClientId = $ClientId; ManagedIdentityClientId = $ManagedIdentityClientId }

# One assertion serves all tenants; the tokens stay in memory for what follows, and are not shown.
'{0,-38} {1,-16} {2,-18} {3}' -f 'TenantId', 'Source', 'ExpiresOn (UTC)', 'Roles'
Get-MdeFicToken -TenantId $tenants @who -ErrorAction SilentlyContinue | ForEach-Object {
    '{0,-38} {1,-16} {2,-18:yyyy-MM-dd HH:mm} {3}' -f $_.TenantId, $_.Source, $_.ExpiresOn.UtcDateTime, ($_.Roles -join ', ')
}

# Indicators arrive while they are downloaded: nothing but the counts is kept.
$count = [ordered]@{}
foreach ($tenant in $tenants) { $count[$tenant] = 0 }
''
'{0,-38} {1,-22} {2,-17} {3,-10} {4}' -f 'TenantId', 'IndicatorType', 'Action', 'Expires', 'IndicatorValue'
Get-MdeIndicator -TenantId $tenants @who -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object {
    $count[$_.TenantId]++
    if ($count[$_.TenantId] -le $Show) {
        $expires = $_.ExpirationTime ? $_.ExpirationTime.ToString('yyyy-MM-dd') : 'never'
        '{0,-38} {1,-22} {2,-17} {3,-10} {4}' -f $_.TenantId, $_.IndicatorType, $_.Action, $expires, $_.IndicatorValue
    }
}

''
foreach ($tenant in $count.Keys) { '{0}: {1:N0} indicators' -f $tenant, $count[$tenant] }

foreach ($problem in $failed) {
    "FAILED: $problem"
    "  $($problem.ErrorDetails.RecommendedAction)"
}
if ($failed) { throw "$($failed.Count) of $($count.Count) tenants failed" }
