#Requires -Version 7.4
<#
.SYNOPSIS
    Lists the custom indicators of Microsoft Defender for Endpoint in many tenants, without a secret.

.DESCRIPTION
    A runbook for Azure Automation: PowerShell 7.4 or later, with the package MdeFic in its runtime environment. The
    account's user-assigned managed identity is exchanged for a token of the multi-tenant application in every tenant.

    Prints the tokens (tenant, source, expiry and permissions, never the token itself), then the first indicators of each
    tenant and how many there are. A tenant that fails is named with its error code and what to do, and the others go on;
    the job fails at its end.

.PARAMETER TenantId
    The tenants, as directory ids or domain names: an array, or one text with commas. Azure Automation passes either.

.PARAMETER ClientId
    The application (client) id of the multi-tenant application.

.PARAMETER ManagedIdentityClientId
    The client id of the user-assigned managed identity.

.PARAMETER Show
    How many indicators of each tenant to show.

.EXAMPLE
    ./Get-TenantIndicators.ps1 -TenantId contoso.onmicrosoft.com, fabrikam.onmicrosoft.com -ClientId $app -ManagedIdentityClientId $identity

.EXAMPLE
    ./Get-TenantIndicators.ps1 -TenantId 'contoso.onmicrosoft.com, fabrikam.onmicrosoft.com' -ClientId $app -ManagedIdentityClientId $identity -Show 20
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

# What concerns every tenant, such as a missing managed identity, ends the job where it happens.
$ErrorActionPreference = 'Stop'
Import-Module MdeFic

# Between the ids may stand what arrays look like as text: commas, blanks, brackets, quotation marks.
$tenants = [ordered]@{}
foreach ($id in $TenantId -split '[\s,;"''\[\]{}]+' -ne '') {
    $tenants[$id] = @{ Count = 0; First = [Collections.Generic.List[string]]::new() }
}
$who = @{
    TenantId                = [string[]] $tenants.Keys
    ClientId                = $ClientId
    ManagedIdentityClientId = $ManagedIdentityClientId
}

# The managed identity is asked once for all tenants. The tokens stay in memory for what follows; a tenant without one is
# reported below.
'{0,-38} {1,-16} {2,-17} {3}' -f 'TENANT', 'SOURCE', 'EXPIRES (UTC)', 'PERMISSIONS'
Get-MdeFicToken @who -ErrorAction SilentlyContinue | ForEach-Object {
    '{0,-38} {1,-16} {2,-17:yyyy-MM-dd HH:mm} {3}' -f $_.TenantId, $_.Source, $_.ExpiresOn.UtcDateTime, ($_.Roles -join ', ')
}

# Indicators of all tenants arrive while they are downloaded. Only the counts and the first few are kept.
Get-MdeIndicator @who -ErrorVariable errors -ErrorAction SilentlyContinue | ForEach-Object {
    $tenant = $tenants[$_.TenantId]
    $tenant.Count++
    if ($tenant.Count -le $Show) {
        $expires = $_.ExpirationTime ? $_.ExpirationTime.ToString('yyyy-MM-dd') : 'never'
        $tenant.First.Add(('  {0,-22} {1,-17} {2,-10} {3}' -f $_.IndicatorType, $_.Action, $expires, $_.IndicatorValue))
    }
}

$failed = 0
foreach ($id in $tenants.Keys) {
    $problems = @($errors | Where-Object TargetObject -eq $id)
    $failed += [int]($problems.Count -gt 0)
    ''
    '{0}: {1:N0} indicators{2}' -f $id, $tenants[$id].Count, ($problems ? ', then it failed' : '')
    if ($tenants[$id].First.Count -gt 0) {
        '  {0,-22} {1,-17} {2,-10} {3}' -f 'TYPE', 'ACTION', 'EXPIRES', 'VALUE'
        $tenants[$id].First
    }
    foreach ($problem in $problems) {
        '  ERROR   {0}' -f $problem.FullyQualifiedErrorId.Split(',')[0]
        '          {0}' -f $problem.Exception.Message
        '  REMEDY  {0}' -f $problem.ErrorDetails.RecommendedAction
    }
}

if ($errors) { throw "$failed of $($tenants.Count) tenants failed; their errors and what to do stand above" }
