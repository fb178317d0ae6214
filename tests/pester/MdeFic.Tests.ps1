# Smoke tests of the built module in real PowerShell. What the cmdlets do is tested in tests/powershell, in the engine.

BeforeDiscovery {
    $commands = @('Get-MdeFicToken', 'Get-MdeIndicator')
}

BeforeAll {
    if (-not $env:MDEFIC_MODULE) {
        throw "MDEFIC_MODULE is not set; run the tests with 'cargo xtask test'"
    }
    Import-Module (Join-Path $env:MDEFIC_MODULE 'MdeFic.psd1') -Force -ErrorAction Stop
}

Describe 'the module' {
    It 'has a valid manifest' {
        $manifest = Test-ModuleManifest (Join-Path $env:MDEFIC_MODULE 'MdeFic.psd1')
        $manifest.Name | Should -Be 'MdeFic'
        $manifest.PowerShellVersion | Should -BeGreaterOrEqual ([version] '7.4')
    }

    It 'exports cmdlets and nothing else' {
        $module = Get-Module MdeFic
        $module.ExportedCmdlets.Keys | Should -Contain 'Get-MdeFicToken'
        $module.ExportedCmdlets.Keys | Should -Contain 'Get-MdeIndicator'
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }

    It 'uses approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module MdeFic).Verb | Sort-Object -Unique | Should -BeIn $approved
    }
}

Describe '<_>' -ForEach $commands {
    BeforeAll {
        $help = Get-Help $_ -Full
    }

    It 'has help' {
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        # Without help of its own, PowerShell shows the syntax in place of the synopsis.
        $help.Synopsis | Should -Not -Match '\[<CommonParameters>\]'
        $help.Description.Text | Should -Not -BeNullOrEmpty
    }

    It 'has an example' {
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
    }

    It 'describes every parameter' {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
        $own = (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin $common }
        $described = @($help.Parameters.Parameter | Where-Object { $_.Description.Text }).Name
        $own | Should -BeIn $described
    }
}

Describe 'an error' {
    It 'has a code, a category and a remedy' {
        # Refused before any I/O: neither a host nor a network is needed.
        $arguments = @{ TenantId = 'not a tenant'; ClientId = '00000000-0000-4000-8000-000000000001' }
        $failure = { Get-MdeFicToken @arguments -ErrorAction Stop } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -Match '^MDE4\d{3}\.\w+,'
        $failure.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}
