using System.Collections.Generic;

namespace Lr2vq.Plans;

/// <summary>What a Plan text or an Interface text holds.</summary>
/// <param name="Plan">The network; without weights and steps in an Interface.</param>
/// <param name="Options">The options of the generated class in the order of the <c>class</c> line of an Interface: <c>class</c>,
/// then further words, each with its value. Keys may repeat. Empty in a Plan.</param>
internal sealed record PlanInterface(Plan Plan, IReadOnlyList<KeyValuePair<string, string>> Options)
{
    /// <summary>The first value of an option, or null.</summary>
    public string? Option(string key)
    {
        foreach (KeyValuePair<string, string> pair in Options)
            if (pair.Key == key) return pair.Value;
        return null;
    }
}
