using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Takes what users cannot see out of a documentation file: the compiler writes down internal members too.</summary>
public class PublicDocumentation : Task
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Assemblies with their documentation beside them.</summary>
    [Required]
    public ITaskItem[] Assemblies { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem item in Assemblies)
        {
            string assembly = item.GetMetadata("FullPath"), path = Path.ChangeExtension(assembly, ".xml");
            // From memory: the file stays free.
            HashSet<string> names = VisibleNames(Assembly.Load(File.ReadAllBytes(assembly)));
            XDocument document = XDocument.Load(path, LoadOptions.PreserveWhitespace);
            foreach (XElement member in document.Descendants("member").ToList())
            {
                // An id is a letter, a colon, the name, then for methods the count of type parameters and the list of parameters.
                string name = member.Attribute("name").Value.Substring(2).Split('(')[0].Split(new[] { "``" }, StringSplitOptions.None)[0];
                if (names.Contains(name)) continue;
                if (member.PreviousNode is XText blank) blank.Remove();
                member.Remove();
            }
            document.Save(path, SaveOptions.DisableFormatting);
        }
        return true;
    }

    private static HashSet<string> VisibleNames(Assembly assembly)
    {
        HashSet<string> names = new HashSet<string>();
        foreach (Type type in assembly.GetTypes().Where(IsVisible))
        {
            string prefix = type.FullName.Replace('+', '.');
            names.Add(prefix);
            foreach (MemberInfo member in type.GetMembers(Declared).Where(IsVisible)) names.Add(prefix + "." + member.Name.Replace('.', '#'));
        }
        return names;
    }

    private static bool IsVisible(Type type) =>
        type.IsPublic || (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType);

    private static bool IsVisible(MemberInfo member)
    {
        switch (member)
        {
            case MethodBase method: return method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
            case FieldInfo field: return field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;
            case PropertyInfo property: return property.GetAccessors(true).Any(IsVisible);
            case EventInfo @event: return IsVisible(@event.GetAddMethod(true));
            default: return false;
        }
    }
}
