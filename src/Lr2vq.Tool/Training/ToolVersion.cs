using System.Reflection;

namespace Lr2vq.Tool.Training;

/// <summary>The version of this tool, as its packages have it.</summary>
internal static class ToolVersion
{
    public static string Package { get; } = Of(typeof(ToolVersion).Assembly);

    /// <summary>Without what the build says of its sources.</summary>
    public static string Of(Assembly assembly) => (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];
}
