using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>Searches for indicators.</summary>
internal static class Searches
{
    /// <summary>One that finds all.</summary>
    internal static SearchRequest All() => new()
    {
        ids = [],
        values = [],
        types = [],
        actions = [],
        severities = [],
        titles = [],
        created_by = [],
        external_ids = [],
        expires_before = null,
        expires_after = null,
        never_expires = false,
        has_duplicate = false,
    };
}
