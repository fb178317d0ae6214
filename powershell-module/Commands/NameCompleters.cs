using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MdeFic.Errors;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Completes names of a list. No I/O.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var typed = wordToComplete.Trim('\'', '"');
        return Names()
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name))
            .ToList();
    }

    private protected abstract IEnumerable<string> Names();
}

/// <summary>Completes names that the native library knows.</summary>
public abstract class NativeNameCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names()
    {
        try
        {
            NativeLibraryLoader.Ensure();
        }
        catch (MdeFicException)
        {
            // The cmdlet itself will say what is wrong; a completer can only stay silent.
            return [];
        }

        return NativeNames();
    }

    private protected abstract IEnumerable<string> NativeNames();
}

/// <summary>Completes the names of identity sources.</summary>
public sealed class IdentitySourceCompleter : NativeNameCompleter
{
    private protected override IEnumerable<string> NativeNames()
    {
        using var names = Interop.identity_source_names();
        return names.Unwire().Prepend("Auto");
    }
}

/// <summary>Completes the names of clouds.</summary>
public sealed class CloudCompleter : NativeNameCompleter
{
    private protected override IEnumerable<string> NativeNames()
    {
        using var names = Interop.cloud_names();
        return names.Unwire();
    }
}

/// <summary>Completes states of a sensor.</summary>
public sealed class HealthStatusCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["Active", "Inactive", "ImpairedCommunication", "NoSensorData", "NoSensorDataImpairedCommunication", "Unknown"];
}

/// <summary>Completes levels of risk and exposure.</summary>
public sealed class RiskCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["None", "Informational", "Low", "Medium", "High"];
}

/// <summary>Completes states of onboarding.</summary>
public sealed class OnboardingStatusCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["Onboarded", "CanBeOnboarded", "Unsupported", "InsufficientInfo"];
}

/// <summary>Completes severities of vulnerabilities.</summary>
public sealed class VulnerabilitySeverityCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["Low", "Medium", "High", "Critical"];
}

/// <summary>Completes types of indicators.</summary>
public sealed class IndicatorTypeCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["FileSha1", "FileSha256", "FileMd5", "CertificateThumbprint", "IpAddress", "DomainName", "Url"];
}

/// <summary>Completes actions of indicators.</summary>
public sealed class IndicatorActionCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["Allowed", "Audit", "Warn", "Block", "BlockAndRemediate"];
}

/// <summary>Completes severities of indicators.</summary>
public sealed class IndicatorSeverityCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names() => ["Informational", "Low", "Medium", "High"];
}
