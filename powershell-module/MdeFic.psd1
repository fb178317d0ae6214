@{
    RootModule           = 'MdeFic.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '6f0f8d0e-6d3b-4c55-9a0c-6a3f5d2b7c41'
    Author               = 'MdeFic maintainers'
    CompanyName          = 'MdeFic'
    Copyright            = '(c) MdeFic maintainers. MIT licence.'
    Description          = 'Calls Microsoft Defender for Endpoint in any tenant without a secret: a managed identity is exchanged, as a federated credential, for a token of a multi-tenant application.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    CmdletsToExport      = @('Compare-MdeIndicator', 'Connect-MdeFic', 'Disconnect-MdeFic', 'Export-MdeIndicator', 'Get-MdeAlert', 'Get-MdeDevice', 'Get-MdeDeviceVulnerability', 'Get-MdeFicContext', 'Get-MdeFicToken', 'Get-MdeIndicator', 'Get-MdeRecommendation', 'Get-MdeSoftware', 'Import-MdeIndicator', 'Invoke-MdeApi', 'Invoke-MdeHunting', 'New-MdeFicConsentLink', 'New-MdeIndicator', 'Remove-MdeIndicator', 'Set-MdeIndicator', 'Sync-MdeIndicator', 'Test-MdeFicTrust')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    FormatsToProcess     = @('MdeFic.Format.ps1xml')
    PrivateData          = @{
        PSData = @{
            Tags       = @('Defender', 'MDE', 'ManagedIdentity', 'FederatedCredential', 'WorkloadIdentity', 'MSSP', 'Indicator', 'PSEdition_Core', 'Windows', 'Linux')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
