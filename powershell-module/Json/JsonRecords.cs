using System.Management.Automation;

namespace MdeFic.Json;

/// <summary>Records without a model of their own.</summary>
internal static class JsonRecords
{
    /// <summary>The record as an object that carries its tenant, unless it has a property of that name.</summary>
    internal static object? Of(string tenantId, string json)
    {
        var record = ObjectConverter.Parse(json);
        if (record is PSObject named && named.Properties["TenantId"] is null)
        {
            named.Properties.Add(new PSNoteProperty("TenantId", tenantId));
        }

        return record;
    }
}
