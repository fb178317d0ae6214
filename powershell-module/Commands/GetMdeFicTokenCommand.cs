using System.Collections;
using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets an application's token in one or many tenants, without a secret.</summary>
[Cmdlet(VerbsCommon.Get, "MdeFicToken", DefaultParameterSetName = TokenSet)]
[OutputType(typeof(FicToken), ParameterSetName = [TokenSet])]
[OutputType(typeof(string), ParameterSetName = [PlainTextSet])]
[OutputType(typeof(Hashtable), ParameterSetName = [HeaderSet])]
public sealed class GetMdeFicTokenCommand : TenantCommand
{
    private const string TokenSet = "Token";
    private const string PlainTextSet = "PlainText";
    private const string HeaderSet = "Header";

    /// <summary>What the token is for: a resource followed by /.default; Defender for Endpoint when left out.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    public string? Scope { get; set; }

    /// <summary>Exchanges again, whatever is in memory.</summary>
    [Parameter]
    public SwitchParameter ForceRefresh { get; set; }

    /// <summary>Returns the bare token as a string.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PlainTextSet)]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Returns a table with the Authorization header, for -Headers of Invoke-RestMethod.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HeaderSet)]
    public SwitchParameter AsHeader { get; set; }

    /// <inheritdoc/>
    private protected override ConnectionSettings Given() => base.Given() with { Scope = Scope };

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = new TokensRequest { connection = connection, force_refresh = ForceRefresh };
        using (var cached = Interop.cached_tokens(request.Wire()))
        {
            var tokens = cached.Unwire();
            if (tokens.Count > 0)
            {
                Write(tokens);
                return;
            }
        }

        Run(() => Operation.Tokens(request.Wire()), operation =>
        {
            using var taken = operation.TakeTokens();
            Write(taken.Unwire());
        });
    }

    private void Write(List<TokenReply> tokens)
    {
        foreach (var token in tokens)
        {
            WriteObject(ParameterSetName switch
            {
                PlainTextSet => token.token,
                HeaderSet => new Hashtable { ["Authorization"] = $"Bearer {token.token}" },
                _ => FicToken.Of(token),
            });
        }
    }
}
